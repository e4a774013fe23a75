"""What must not count as a mistake: case, marks, numbers, short forms, spelling, words that sound alike."""

import pytest

from aihear_voice.pronunciation.text.numbers import ordinal, readings
from aihear_voice.pronunciation.text.words import split, units


def _folded(text: str, language: str, other: str) -> list[str]:
    return [unit.text for unit in units(split(text), language, split(other))]


@pytest.mark.parametrize(
    ("wanted", "heard", "language"),
    [
        ("Hello, world!", "hello world", "en"),
        ("I don't know; it's late.", "i do not know it is late", "en"),
        ("We can't go", "We cannot go.", "en"),
        ("twenty-five people", "25 people", "en"),
        ("five two four seven", "5247", "en"),
        ("nineteen eighty-four", "1984", "en"),
        ("one hundred and five", "105", "en"),
        ("a thousand and 1,000", "a thousand and one thousand", "en"),
        ("on March 21st", "on March twenty first", "en"),
        ("3.5 %", "three point five percent", "en"),
        ("The colour of the neighbour's car", "the color of the neighbors car", "en"),
        ("their weather", "there whether", "en"),
        ("Ich bin fünfundzwanzig", "ich bin 25", "de"),
        ("Straße", "strasse", "de"),
        ("Tengo treinta y dos libros", "tengo 32 libros", "es"),
        ("Hola, vaya", "ola baya", "es"),
        ("我有二十五本书。", "我有25本书", "zh"),
    ],
)
def test_same_when_spoken(wanted: str, heard: str, language: str) -> None:
    assert _folded(wanted, language, heard) == _folded(heard, language, wanted)


@pytest.mark.parametrize(
    ("wanted", "heard", "language"),
    [
        ("think", "sink", "en"),
        ("fifteen", "50", "en"),
        ("I do", "I don't", "en"),
        ("schon", "schön", "de"),
        ("买", "卖", "zh"),
    ],
)
def test_different_when_spoken(wanted: str, heard: str, language: str) -> None:
    assert _folded(wanted, language, heard) != _folded(heard, language, wanted)


def test_split_keeps_words_as_written() -> None:
    assert split("“Don't stop,” she said — twice.") == ["Don't", "stop", "she", "said", "twice"]
    assert split("我住在 Berlin。") == ["我", "住", "在", "Berlin"]
    assert split(" ... — !") == []


def test_units_know_their_word() -> None:
    assert [(unit.text, unit.word) for unit in units(["At", "10:30"], "en")] == [("at", 0), ("ten", 1), ("thirty", 1)]


@pytest.mark.parametrize("digits", ["0", "7", "13", "20", "101", "999999", "1000000", "0042"])
@pytest.mark.parametrize("language", ["en", "de", "es", "zh", "fr"])
def test_every_number_has_a_reading(digits: str, language: str) -> None:
    ways = readings(digits, language)
    assert ways
    assert all(way and all(way) for way in ways)


def test_readings() -> None:
    assert readings("1984", "en")[0] == ("one", "thousand", "nine", "hundred", "eighty", "four")
    assert readings("121", "de")[0] == ("einhunderteinundzwanzig",)
    assert readings("1100", "es")[0] == ("mil", "cien")
    assert "".join(readings("10203", "zh")[0]) == "一万零二百零三"
    assert "".join(readings("110", "zh")[0]) == "一百一十"
    assert ordinal("12") == ("twelfth",)
    assert ordinal("40") == ("fortieth",)
