"""The check over real speech and the real recogniser."""

import json
from pathlib import Path

import pytest

from aihear_voice.audio.file import decode
from aihear_voice.ports import Recogniser
from aihear_voice.pronunciation.check import Report, assess, unheard
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
def test_learners_are_not_blamed_for_a_weak_model(recogniser: Recogniser) -> None:
    """The starter cannot recognise free sentences: it must say so, rather than find faults in good speech."""
    lines = (RECORDINGS / "scores.jsonl").read_text(encoding="utf-8").splitlines()
    good = [row for row in map(json.loads, lines) if row["accuracy"] >= 9][:10]
    blamed = 0
    for row in good:
        report = judge(recogniser, row["text"], decode(RECORDINGS / row["audio"]).samples)
        blamed += report.refused is None and any(word.error == "omission" for word in report.words)
    assert blamed <= 1
