"""Words and their times out of an alignment."""

import pytest

from aihear_voice.recognition import words
from aihear_voice.recognition.tokens import for_vocabulary
from aihear_voice.types import Word

CODER = for_vocabulary(51865)


def aligned(text, language="en", step=10):
    """Each token lasts `step` positions."""
    tokens = CODER.encode(text)
    path = [(token, token * step + part) for token in range(len(tokens) + 1) for part in range(step)]
    return words.from_path(path, [0.5] * len(tokens), tokens, CODER, language)


def test_marks_join_their_words():
    assert [word.text for word in aligned(' "Stop," he said.')] == [' "Stop,"', " he", " said."]


def test_chinese_words_are_characters():
    got = aligned("打开浏览器。", "zh")
    assert "".join(word.text for word in got) == "打开浏览器。"
    assert len(got) > 3


def test_times_follow_the_tokens():
    got = aligned(" Turn on the lights")
    assert [word.start for word in got] == pytest.approx([0.0, 0.2, 0.4, 0.6])
    assert got[-1].end == pytest.approx(0.8)


def test_a_word_before_a_pause_ends_with_its_sound():
    said = [Word(" one", 0.0, 0.3, 1), Word(" two", 0.3, 0.6, 1), Word(" three", 0.6, 5.0, 1)]
    got = words.shortened(said)
    assert got[2].end == pytest.approx(1.2)
    assert got[:2] == said[:2]


def test_a_word_after_a_pause_begins_with_its_sound():
    said = [Word(" one", 0.0, 4.3, 1), Word(" two", 4.3, 4.6, 1), Word(" three", 4.6, 4.9, 1)]
    assert words.shortened(said)[0].start == pytest.approx(3.7)


def test_words_go_to_the_segments_they_are_said_in():
    said = [Word(" one", 0, 1, 1), Word(" two", 1, 2, 1), Word(" three", 2, 3, 1)]
    parts = words.by_segment(said, [" one two", " three", ""])
    assert [[word.text for word in part] for part in parts] == [[" one", " two"], [" three"], []]


def test_no_words_are_no_error():
    assert words.from_path([], [], [], CODER, "en") == []
    assert words.by_segment([], ["", ""]) == [[], []]
