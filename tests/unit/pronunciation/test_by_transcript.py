"""Verdicts for transcripts as Whisper writes them, over real sound."""

import pytest

from aihear_voice.pronunciation.by_transcript import assess
from aihear_voice.pronunciation.results import Report
from aihear_voice.types import Audio, Transcript, Word
from tests import rigs

TEXT = "Turn on the kitchen lights."


def transcript(text: str, *unsure: str, reliable: bool = True, no_speech: float = 0.01, language: str = "en"):
    """Each word with probability .9; those in `unsure` with .2."""
    words = tuple(
        Word(f" {word}", index * 0.4, index * 0.4 + 0.35, 0.2 if word.strip(".,?!") in unsure else 0.9)
        for index, word in enumerate(text.split())
    )
    return Transcript(text, language, words, -0.2 if reliable else -1.6, no_speech, "test", 0.1, reliable)


@pytest.fixture(scope="module")
def sound() -> Audio:
    return Audio(rigs.join(0.2, rigs.speech(TEXT), 0.2))


def errors(report: Report) -> dict[str, str]:
    assert report.refused is None, report.refused
    return {word.text: word.error for word in report.words if word.error != "none"}


def test_said(sound: Audio) -> None:
    report = assess(TEXT, transcript("Turn on the kitchen lights."), sound)
    assert errors(report) == {}
    assert [word.text for word in report.words] == ["Turn", "on", "the", "kitchen", "lights"]
    assert (report.completeness, report.accuracy, report.prosody) == (100.0, 90.0, None)
    assert report.fluency is not None
    assert 0 < report.fluency <= 100
    assert report.total is not None
    assert report.words[3].start == pytest.approx(1.2)


def test_left_out(sound: Audio) -> None:
    report = assess(TEXT, transcript("Turn on the lights."), sound)
    assert errors(report) == {"kitchen": "omission"}
    assert report.completeness == 80.0
    assert report.words[3].accuracy is None


def test_only_half_said_is_no_other_text(sound: Audio) -> None:
    report = assess(TEXT, transcript("Turn on"), sound)
    assert errors(report) == {"the": "omission", "kitchen": "omission", "lights": "omission"}


def test_added(sound: Audio) -> None:
    report = assess(TEXT, transcript("Turn on the old kitchen lights now."), sound)
    assert errors(report) == {}
    assert [word.text for word in report.insertions] == ["old", "now"]


def test_an_unsure_addition_is_not_held_against_anyone(sound: Audio) -> None:
    assert assess(TEXT, transcript("Turn on the old kitchen lights.", "old"), sound).insertions == ()


def test_unclear(sound: Audio) -> None:
    report = assess(TEXT, transcript("Turn on the kitchen lights.", "kitchen"), sound)
    assert errors(report) == {"kitchen": "mispronunciation"}
    assert report.words[3].accuracy == 20.0
    assert report.completeness == 100.0


def test_near_word(sound: Audio) -> None:
    report = assess("I think so", transcript("I sink so"), sound)
    assert errors(report) == {"think": "mispronunciation"}
    assert report.words[1].heard == "sink"
    assert report.words[1].accuracy == pytest.approx(54.0)


def test_word_that_sounds_alike_is_right(sound: Audio) -> None:
    assert errors(assess("The weather is fair", transcript("The whether is fare"), sound)) == {}


def test_another_word_in_its_place(sound: Audio) -> None:
    """Certain: left out, and another said. Unsure: only a doubt, since the recogniser may have guessed."""
    report = assess(TEXT, transcript("Turn on the garage lights."), sound)
    assert errors(report) == {"kitchen": "omission"}
    assert [word.text for word in report.insertions] == ["garage"]
    doubt = assess(TEXT, transcript("Turn on the garage lights.", "garage"), sound)
    assert errors(doubt) == {"kitchen": "mispronunciation"}
    assert doubt.words[3].accuracy is None
    assert doubt.insertions == ()


def test_a_gap_between_unsure_words_is_a_doubt(sound: Audio) -> None:
    report = assess(TEXT, transcript("Turn on the lights.", "lights"), sound)
    assert errors(report)["kitchen"] == "mispronunciation"


def test_numbers_short_forms_and_cut_words(sound: Audio) -> None:
    report = assess("It's twenty-five past ten o'clock", transcript("It is 25 past 10 o 'clock"), sound)
    assert errors(report) == {}
    assert len(report.words) == 5


def test_chinese_by_character(sound: Audio) -> None:
    heard = Transcript(
        "我住北京。", "zh", (Word("我住", 0, 0.5, 0.9), Word("北京。", 0.5, 1, 0.9)), -0.2, 0.01, "test", 0
    )
    report = assess("我住在北京。", heard, sound)
    assert [word.text for word in report.words] == ["我", "住", "在", "北", "京"]
    assert errors(report) == {"在": "omission"}
    assert report.words[4].start == pytest.approx(0.75)


@pytest.mark.parametrize(
    ("heard", "why"),
    [
        (transcript("What time is it?"), "different"),
        (transcript("What time is it?", "What", "time", "is", "it"), "unreliable"),
        (transcript("Turn on the kitchen lights.", reliable=False), "unreliable"),
        (transcript("Turn on the kitchen lights.", "Turn", "the", "kitchen"), "unreliable"),
        (transcript("", no_speech=0.9), "no_speech"),
        (transcript("Turn on the kitchen lights.", "Turn", "on", "the", "kitchen", no_speech=0.9), "no_speech"),
    ],
)
def test_refused(heard: Transcript, why: str, sound: Audio) -> None:
    report = assess(TEXT, heard, sound)
    assert report.why == why
    assert report.refused
    assert (report.accuracy, report.fluency, report.completeness, report.total) == (None, None, None, None)
    assert report.words == report.insertions == ()


def test_noise_is_refused_whatever_was_written() -> None:
    assert assess(TEXT, transcript(TEXT, no_speech=0.9), Audio(rigs.noise(2, rms=0.05))).why == "noise"


def test_slow_and_halting_is_less_fluent(sound: Audio) -> None:
    words = TEXT.split()
    halting = rigs.join(*(part for word in words for part in (rigs.speech(word), 0.6)))
    slow = assess(TEXT, transcript(TEXT), Audio(halting)).fluency
    quick = assess(TEXT, transcript(TEXT), sound).fluency
    assert slow is not None
    assert quick is not None
    assert slow < quick - 20
