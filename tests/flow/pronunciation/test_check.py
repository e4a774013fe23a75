"""The check over real speech and the real recogniser."""

import json
from pathlib import Path

import pytest

from aihear_voice.audio.file import decode
from aihear_voice.ports import Recogniser
from aihear_voice.pronunciation.check import assess, unheard
from aihear_voice.pronunciation.results import Report
from aihear_voice.types import Audio
from tests import rigs

RECORDINGS = Path(__file__).resolve().parents[4] / "shared" / "speech" / "pron-dev"
SENTENCES = [
    ("Turn off the bedroom lights.", "espeak:en-us+f3"),
    ("My name is Laura and I live in Vienna.", "espeak:en-us+benjamin"),
    ("This is a test of the dictation.", "flite:rms"),
    ("What's the weather like on Monday?", "espeak:en-us+linda"),
    ("Send a message to Maria.", "flite:slt"),
]


def judge(recogniser: Recogniser, target: str, samples: rigs.np.ndarray) -> Report:
    audio = Audio(samples)
    return unheard(target, audio) or assess(target, recogniser.transcribe(audio, "practise", words=True), audio)


@pytest.mark.parametrize(("text", "voice"), SENTENCES)
def test_said_is_complete(recogniser: Recogniser, text: str, voice: str) -> None:
    report = judge(recogniser, text, rigs.join(0.3, rigs.speech(text, voice), 0.3))
    assert report.refused is None, report.refused
    assert report.completeness == 100


@pytest.mark.parametrize(("text", "voice"), SENTENCES)
def test_another_text_is_refused(recogniser: Recogniser, text: str, voice: str) -> None:
    others = [other for other, _ in SENTENCES if other != text]
    assert all(judge(recogniser, other, rigs.speech(text, voice)).refused for other in others)


def test_left_out_word_is_named(recogniser: Recogniser) -> None:
    report = judge(recogniser, "Turn on the kitchen lights.", rigs.speech("Turn on the lights.", "flite:rms"))
    assert [word.text for word in report.words if word.error == "omission"] == ["kitchen"]


@pytest.mark.parametrize("seed", range(4))
def test_noise_is_refused_even_where_the_model_writes_the_text(recogniser: Recogniser, seed: int) -> None:
    samples = rigs.noise(2.5, rms=0.003 * 3**seed, seed=seed)
    written = recogniser.transcribe(Audio(samples), "practise", words=True).text
    for target in (written or "Good morning.", "Good morning.", "Undo that."):
        assert judge(recogniser, target, samples).refused


@pytest.mark.skipif(not RECORDINGS.is_dir(), reason="the shared recordings are not here")
def test_learners_are_scored_and_not_refused(recogniser: Recogniser) -> None:
    lines = (RECORDINGS / "scores.jsonl").read_text(encoding="utf-8").splitlines()
    rows = sorted((json.loads(line) for line in lines), key=lambda row: row["total"])
    poor, good = (
        [judge(recogniser, row["text"], decode(RECORDINGS / row["audio"]).samples) for row in part]
        for part in (rows[:8], rows[-8:])
    )
    assert sum(report.refused is not None for report in poor + good) <= 1
    assert _mean(good) > _mean(poor) + 20


def _mean(reports: list[Report]) -> float:
    totals = [report.total for report in reports if report.total is not None]
    return sum(totals) / len(totals)
