"""Characters as people count them."""

from __future__ import annotations

from aihear_voice.graphemes import graphemes


def test_counts_characters_as_people_do() -> None:
    assert graphemes("aé你") == ["a", "é", "你"]
    assert len(graphemes("\U0001f468\u200d\U0001f469\u200d\U0001f467")) == 1  # a family
    assert len(graphemes("\U0001f1e9\U0001f1ea\U0001f1eb\U0001f1f7")) == 2  # two flags
    assert len(graphemes("\U0001f44d\U0001f3fd")) == 1  # a thumb with its skin
    assert len(graphemes("q\u0307x")) == 2
    assert graphemes("") == []
