import pytest

from aihear_voice.errors import SettingsError
from aihear_voice.pronunciation.text.phones import look_up, parse, pronunciations
from tests import rigs


def test_dictionary() -> None:
    assert pronunciations("Weather,")[0] == ("W", "EH1", "DH", "ER0")
    assert ("DH", "IY0") in pronunciations("the")
    assert pronunciations("o'clock")[0] == ("AH0", "K", "L", "AA1", "K")


def test_written_numbers_are_read_out() -> None:
    assert pronunciations("25")[0] == ("T", "W", "EH1", "N", "T", "IY0", "F", "AY1", "V")
    assert pronunciations("5%")[0] == ("F", "AY1", "V", "P", "ER0", "S", "EH1", "N", "T")


@pytest.mark.parametrize(
    ("word", "phones"),
    [
        ("blick", "B L IH1 K"),
        ("Zbigniew", "Z B IH1 G N UW0"),
        ("glorvish", "G L AO1 R V IH0 SH"),
        ("vothing", "V AA1 TH IH0 NG"),
    ],
)
def test_a_word_that_no_dictionary_has(word: str, phones: str) -> None:
    rigs.need("espeak-ng")
    (way,) = pronunciations(word)
    assert [phone[:2] for phone in way] == [phone[:2] for phone in phones.split()]
    assert sum(phone.endswith("1") for phone in way) == 1


def test_what_is_no_english_word() -> None:
    rigs.need("espeak-ng")
    with pytest.raises(SettingsError):
        look_up(["★"])


def test_phones_of_the_caller() -> None:
    words = parse("w iy0 | K AO1 L", "We call")
    assert [(word.text, word.ways) for word in words] == [("We", (("W", "IY0"),)), ("call", (("K", "AO1", "L"),))]


@pytest.mark.parametrize("written", ["W IY0", "W IY0 | K XX L", "W IY0 | ", "", "W IY0 | K AO1 L | IH0 T"])
def test_phones_that_do_not_fit(written: str) -> None:
    with pytest.raises(SettingsError):
        parse(written, "we call")
