"""What a voice is given to read."""

import pytest

from aihear_voice.speaking.reading import pieces, read_aloud


@pytest.mark.parametrize(
    ("language", "written", "read"),
    [
        ("en", "It's 8:05 PM.", "It's 8 oh 5 PM."),
        ("en", "It's 12:00 AM.", "It's 12 AM."),
        ("en", "It's 3 PM.", "It's 3 PM."),
        ("en", "It's 14:00.", "It's 14 o'clock."),
        ("en", "It's 14:37, and at 9:00 a.m. it rings.", "It's 14 37, and at 9 a.m. it rings."),
        ("en", "I am at 10 and 5 amps.", "I am at 10 and 5 amps."),
        ("en", "The score is 3:1, 10:20:30 on the clock.", "The score is 3:1, 10:20:30 on the clock."),
        ("de", "Es ist 15 Uhr 05.", "Es ist 15 Uhr 5."),
        ("de", "Es ist 15 Uhr 50.", "Es ist 15 Uhr 50."),
        ("es", "Son las 3:05 de la tarde.", "Son las 3 y 5 de la tarde."),
        ("fr", "Il est 15:05.", "Il est 15 heures 5."),
        ("es", "A las 15:00.", "A las 15 en punto."),
        ("fr", "Il est 15:00.", "Il est 15 heures."),
        ("zh", "现在是下午3点05分。", "现在是下午3点零5分。"),
        ("xx", "8:05", "8:05"),
    ],
)  # fmt: skip
def test_times_are_read_as_people_say_them(language, written, read):
    assert read_aloud(written, language) == read


@pytest.mark.parametrize(
    "sentence", ["This is one of many sentences. ", "这是很多句子里的一句。", "no marks at all ", "x" * 50]
)
def test_a_long_text_is_said_in_parts_and_nothing_of_it_is_lost(sentence):
    text = sentence * 100
    parts = pieces(text)
    assert "".join("".join(parts).split()) == "".join(text.split())
    assert max(map(len, parts)) <= 240
    assert len(parts) < len(text) / 100
    whole = sentence.strip()[-1] in ".。"
    assert not whole or all(part.strip().endswith(sentence.strip()[-1]) for part in parts)


def test_a_short_text_is_said_in_one():
    assert pieces("One. Two. Three.") == ["One. Two. Three."]
