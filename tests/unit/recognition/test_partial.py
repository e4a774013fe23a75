"""Committed text only grows."""

import itertools

import pytest

from aihear_voice.recognition.partial import Agreement


def grown(*texts):
    """What was committed after each decode."""
    agreement, seen = Agreement(), []
    for text in texts:
        agreement.hear(text)
        seen.append(agreement.committed)
    return seen, agreement


def test_what_two_decodes_agree_on_is_committed():
    seen, agreement = grown("set a", "Set a time", "set a timer for")
    assert [text.casefold() for text in seen] == ["", "set a", "set a"]
    assert agreement.tentative == " timer for"


def test_committed_text_never_changes():
    texts = [
        "Set.", "Set a timer", "Set a timer.", "Set a timer, for ten", "Said the timer for ten minutes",
        "Set a timer for ten minutes", "Set a timer for ten minutes, and", "Set a timer for ten minutes, and go.",
    ]  # fmt: skip
    seen, agreement = grown(*texts)
    assert all(later.startswith(earlier) for earlier, later in itertools.pairwise(seen))
    assert agreement.committed == "Set a timer for ten minutes, and"


def test_the_mark_behind_the_last_word_is_left_open():
    seen, agreement = grown("Ten minutes.", "Ten minutes.", "Ten minutes and", "Ten minutes and a half")
    assert seen[1] == "Ten minutes"
    assert agreement.committed == "Ten minutes and"


def test_chinese_has_no_spaces():
    _, agreement = grown("打开浏", "打开浏览", "打开浏览器。")
    assert agreement.committed + agreement.tentative == "打开浏览器。"


@pytest.mark.parametrize("texts", [("", ""), (".", "..."), ("one", "")])
def test_nothing_is_made_of_nothing(texts):
    assert grown(*texts)[0][-1] in ("", ".")


def test_a_settled_window_is_followed_by_the_next():
    agreement = Agreement()
    agreement.hear("The first part")
    agreement.hear("The first part is")
    agreement.settle("The first part is here.")
    assert agreement.committed == "The first part is here."
    agreement.hear("And this")
    agreement.hear("And this is more")
    assert agreement.committed == "The first part is here. And this"
    assert agreement.tentative == " is more"


def test_a_settled_window_that_disagrees_keeps_what_is_committed():
    agreement = Agreement()
    agreement.hear("The cat sat")
    agreement.hear("The cat sat down")
    before = agreement.committed
    agreement.settle("A hat on the floor")
    assert agreement.committed.startswith(before)
