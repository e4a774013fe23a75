"""What was said at a moment, and whether that is what was heard."""

import pytest

from aihear_voice.speaking.spoken import resembles, words_between

TEXT = "The weather in London is good today, and the train to Vienna leaves at seven, so do not stop for long."


@pytest.mark.parametrize(
    ("heard", "spoken", "same"),
    [
        ("the wether in london", "The weather in London is good today", True),
        ("Stop.", "do not stop for long", True),
        ("Stop.", "the wind is from the south", False),
        ("今天天气很好", "今天天气很好，谢谢。", True),
        ("turn the lights off", "The weather in London is good today", False),
        ("", "anything", False),
        ("hello", "", False),
    ],
)
def test_misheard_letters_count_little(heard, spoken, same):
    assert resembles(heard, spoken) is same


def test_words_belong_to_their_time():
    assert "weather" in words_between(TEXT, (10.0, 16.0), 10.0, 10.5)
    assert "stop" not in words_between(TEXT, (10.0, 16.0), 10.0, 10.5)
    assert "stop" in words_between(TEXT, (10.0, 16.0), 15.2, 15.8)
    assert words_between(TEXT, (10.0, 16.0), 20.0, 21.0) == ""
    assert words_between(TEXT, (10.0, 16.0), 9.0, 17.0) == TEXT
