"""What is practised with, held against CMUdict, and how the sounds are named and made."""

import tomllib
from pathlib import Path

import pytest

from aihear_voice.pronunciation.coaching import practice
from aihear_voice.pronunciation.text import articulation
from aihear_voice.pronunciation.text.phones import CONSONANTS, VOWELS, base, pronunciations
from aihear_voice.pronunciation.text.words import split

PHONES = sorted(VOWELS | CONSONANTS)
DRILLS = tomllib.loads(Path(practice.__file__).with_name("drills.toml").read_text(encoding="utf-8"))
HINTS = tomllib.loads(Path(articulation.__file__).with_name("articulation.toml").read_text(encoding="utf-8"))


def test_every_pair_differs_in_the_sounds_that_it_stands_for() -> None:
    for sounds, pairs in DRILLS["pairs"].items():
        for words in pairs:
            pair = practice.pair_in(words)
            assert pair is not None, words
            assert " ".join(pair.phones) == sounds, words


def test_every_sentence_holds_its_sound_twice() -> None:
    for phone, sentences in DRILLS["sentences"].items():
        for sentence in sentences:
            said = [base(name) for word in split(sentence) for name in pronunciations(word)[0]]
            assert said.count(phone) >= 2, sentence


@pytest.mark.parametrize("phone", PHONES)
def test_every_sound_has_a_drill_a_name_and_a_hint(phone: str) -> None:
    assert len(practice.drills_for((phone,))) >= 2
    for language in HINTS:
        assert articulation.hint(phone, language=language)
        assert articulation.name(phone, language)


def test_hints_are_about_what_came_out_instead() -> None:
    assert articulation.hint("TH", "S") != articulation.hint("TH", "T") != articulation.hint("TH")
    assert articulation.hint("TH", "M") == articulation.hint("TH")
    assert articulation.hint("IH1", "IY0") == articulation.hint("IH", "IY")
    for language, hints in HINTS.items():
        for name in hints:
            assert set(name.split(">")) <= set(PHONES), (language, name)


def test_names_are_in_the_learner_s_language() -> None:
    assert articulation.name("TH") == "“th” of “think”"
    assert articulation.name("TH", "de") == "„th“ wie in „think“"
    assert articulation.name("B", "zh") == "“b”"
    assert articulation.name("TH", "fr") == articulation.name("TH")
