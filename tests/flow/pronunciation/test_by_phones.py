"""What a learner notices of the check by phones: synthetic voices say right and wrong sentences."""

import itertools

import numpy as np
import pytest

from aihear_voice.pronunciation import by_phones
from aihear_voice.pronunciation.hearing import forced_decoding
from aihear_voice.pronunciation.results import PhoneScore, Report
from aihear_voice.pronunciation.text.phones import VOWELS, base, look_up
from aihear_voice.pronunciation.text.words import split
from aihear_voice.types import Audio, Transcript, Word
from tests import rigs

# Voices that the tables were not trained with.
VOICES = ["flite:slt", "flite:rms", "espeak:en-us+f3", "espeak:en-us+benjamin"]
TEXT = "I think the weather is very good today."


def judge(target: str, samples: np.ndarray) -> Report:
    return by_phones.assess(target, look_up(split(target)), Audio(samples))


def said(target: str, text: str, voice: str) -> Report:
    return judge(target, rigs.join(0.3, rigs.speech(text, voice), 0.3))


def phone(report: Report, word: str, place: int) -> PhoneScore:
    assert report.refused is None, report.refused
    return next(each for each in report.words if each.text == word).phones[place]


@pytest.mark.parametrize("voice", VOICES)
def test_said_right(voice: str) -> None:
    report = said(TEXT, TEXT, voice)
    assert report.refused is None
    assert report.completeness == 100
    assert [word.text for word in report.words] == split(TEXT)
    assert {word.error for word in report.words} == {"none"}
    assert report.insertions == ()
    assert report.method == "phones"
    for score in (report.accuracy, report.fluency, report.prosody, report.total):
        assert score is not None
        assert 50 < score <= 100
    times = [time for word in report.words for each in word.phones for time in (each.start, each.end)]
    assert times == sorted(times)
    assert set(report.steps) == {"accuracy", "fluency", "completeness", "prosody", "total"}


WRONG = [
    ("think", 0, "I sink the weather is very good today.", "S"),
    ("weather", 2, "I think the wezzer is very good today.", "S"),
    ("weather", 0, "I think the leather is very good today.", "L"),
    ("very", 0, "I think the weather is wary good today.", "W"),
    ("good", 2, "I think the weather is very goose today.", "S"),
    ("good", 0, "I think the weather is very wood today.", "W"),
    ("today", 3, "I think the weather is very good to die.", "AY"),
]


@pytest.mark.parametrize(("word", "place", "text", "instead"), WRONG)
def test_a_wrong_sound_scores_lower_than_the_right_one(word: str, place: int, text: str, instead: str) -> None:
    pairs = [[phone(said(TEXT, each, voice), word, place).accuracy for each in (TEXT, text)] for voice in VOICES]
    assert sum(wrong < right for right, wrong in pairs) >= 3
    assert sum(right - wrong for right, wrong in pairs) > 4


def test_what_was_heard_instead_is_named_and_never_for_right_sounds() -> None:
    named = 0
    for (word, place, text, _), voice in itertools.product(WRONG, VOICES):
        each = phone(said(TEXT, text, voice), word, place)
        named += each.heard not in (None, each.phone.rstrip("012"))
    assert named >= 5
    sounds = [each for voice in VOICES for word in said(TEXT, TEXT, voice).words for each in word.phones]
    assert sum(each.heard not in (None, each.phone.rstrip("012")) for each in sounds) <= 3


def test_no_consonant_is_said_to_be_a_vowel() -> None:
    for (_, _, text, _), voice in itertools.product(WRONG, VOICES):
        for each in (phone for word in said(TEXT, text, voice).words for phone in word.phones):
            if each.heard and each.phone not in ("L", "R", "W", "Y"):
                assert (each.heard in VOWELS) == (base(each.phone) in VOWELS)


def test_th_that_came_out_as_s_is_named() -> None:
    assert phone(said(TEXT, "I sink the weather is very good today.", "flite:slt"), "think", 0).heard == "S"


def test_a_word_left_out() -> None:
    found = []
    for voice, left_out in itertools.product(VOICES, split(TEXT)[1:]):
        report = said(TEXT, TEXT.replace(f" {left_out}", ""), voice)
        if [word.text for word in report.words if word.error == "omission"] != [left_out]:
            continue
        found.append(left_out)
        assert report.completeness == pytest.approx(100 * 7 / 8, abs=0.1)
        missing = next(word for word in report.words if word.text == left_out)
        assert (missing.accuracy, missing.start, missing.end) == (None, None, None)
        assert all(each.start is None for each in missing.phones)
        assert report.steps["total"].name == "missing"
        assert left_out in report.steps["total"].values["words"]
    assert len(found) >= 26  # of 28


def test_a_word_left_out_is_found_without_the_second_recogniser(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forced_decoding, "_folder", lambda: None)
    found = 0
    for voice, left_out in itertools.product(VOICES, ["think", "weather", "very"]):
        report = said(TEXT, TEXT.replace(f" {left_out}", ""), voice)
        found += [word.text for word in report.words if word.error == "omission"] == [left_out]
    assert found >= 9  # of 12


def test_words_too_many() -> None:
    found = 0
    for voice in VOICES:
        report = said(TEXT, TEXT.replace("very", "very seldom"), voice)
        found += bool(report.insertions)
    assert found >= 3


def test_a_doubtful_transcript_names_no_word_too_many() -> None:
    samples = rigs.join(0.3, rigs.speech(TEXT.replace("very", "very seldom banana"), "flite:slt"), 0.3)
    named = {}
    for reliable in (True, False):
        heard = Word("coffee", 0.0, len(samples) / rigs.RATE, 0.9)
        transcript = Transcript("coffee", "en", (heard,), -0.2, 0.0, "test", 0.1, reliable=reliable)
        report = by_phones.assess(TEXT, look_up(split(TEXT)), Audio(samples), transcript)
        named[reliable] = {word.text for word in report.insertions}
    assert named == {True: {"coffee"}, False: {""}}


def test_another_text_is_refused() -> None:
    others = ["What time is it?", "Please send the report to John by Friday.", "My name is Anna and I live in Vienna."]
    refused = 0
    for voice, other in itertools.product(VOICES, others):
        report = said(TEXT, other, voice)
        refused += report.why == "different"
        assert report.refused is None or (report.words == () and report.accuracy is None)
    assert refused >= 7  # of 12; with the transcript: test_check.py


def test_one_word() -> None:
    words = ["weather", "vegetable", "thought"]
    assert not [word for word, voice in itertools.product(words, VOICES) if said(word, word, voice).refused]
    assert sum(bool(said(word, "hello", voice).refused) for word, voice in itertools.product(words, VOICES)) >= 8


def test_no_speech_at_all() -> None:
    seconds = np.arange(3 * rigs.RATE) / rigs.RATE
    hum = (0.1 * np.sin(2 * np.pi * 100 * seconds)).astype(np.float32)
    clicks = np.zeros(3 * rigs.RATE, np.float32)
    clicks[:: rigs.RATE // 4] = 0.8
    for samples in (rigs.noise(3, 0.05), rigs.noise(0.2, 0.05), hum, clicks, np.zeros(100, np.float32)):
        assert judge(TEXT, samples).refused


def test_cut_off_in_the_middle() -> None:
    whole = rigs.speech(TEXT)
    report = judge(TEXT, rigs.join(0.3, whole[: len(whole) * 6 // 10], 0.2))
    assert report.refused is None
    assert [word.error for word in report.words][:3] == ["none"] * 3
    assert report.words[-2].error == "omission"
    assert report.completeness < 90


def test_halting_speech_is_less_fluent() -> None:
    words = split(TEXT)
    for voice in VOICES[:2]:
        halting = rigs.join(0.3, *(part for word in words for part in (rigs.speech(word, voice), 0.7)))
        slow, quick = judge(TEXT, halting), said(TEXT, TEXT, voice)
        assert slow.fluency is not None
        assert quick.fluency is not None
        assert slow.fluency < quick.fluency - 15
        assert slow.prosody is not None
        assert quick.prosody is not None
        assert slow.prosody < quick.prosody - 10
        assert slow.steps["fluency"].name == "pause"


def test_many_checks_do_not_grow() -> None:
    """Grammars that are added again and again leak elsewhere: here, texts that differ leave nothing behind."""
    import tracemalloc

    sound = rigs.join(0.2, rigs.speech("the weather"), 0.2)
    words = ["weather", "kitchen", "today", "morning", "yesterday", "garage"]
    judge("the weather", sound)
    tracemalloc.start()
    sizes = []
    for pair in itertools.product(words, words):
        judge(" ".join(pair), sound)
        sizes.append(tracemalloc.get_traced_memory()[0])
    tracemalloc.stop()
    assert sizes[-1] - sizes[5] < 1_000_000
