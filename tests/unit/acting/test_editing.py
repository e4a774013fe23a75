"""Edits touch only what we typed, and only where it still stands: windows as strings with a cursor."""

from __future__ import annotations

import random
import time

import pytest

from aihear_voice.acting.editing import EditingTypist
from aihear_voice.acting.ledger import RECENT_S, Target
from aihear_voice.errors import DeviceError


class Page:
    """A text field. cursor: an index; anchor: where the selection began, or None."""

    def __init__(self, text: str = "") -> None:
        self.text, self.cursor = text, len(text)
        self.anchor: int | None = None

    def put(self, text: str) -> None:
        start, end = (self.cursor, self.cursor) if self.anchor is None else sorted((self.anchor, self.cursor))
        self.text = self.text[:start] + text + self.text[end:]
        self.cursor, self.anchor = start + len(text), None

    @property
    def selected(self) -> str:
        return "" if self.anchor is None else self.text[slice(*sorted((self.anchor, self.cursor)))]


class Hands(EditingTypist):
    """Types into pages; what it does not see of them is what no window system tells."""

    def __init__(self, pages: int = 1) -> None:
        super().__init__()
        self.pages = [Page() for _ in range(pages)]
        self.focus = 0
        self.fails_after: int | None = None
        self.moves_to: int | None = None

    @property
    def page(self) -> Page:
        return self.pages[self.focus]

    def type(self, text: str) -> None:
        self._put(text, self._look())

    def _put(self, text: str, target: Target) -> None:
        if self.focus + 1 != target.window:
            raise DeviceError("another window came up", "target_changed")
        typed = text[: self.fails_after]
        self.page.put(typed)
        if typed:
            self.ledger.add(typed, "keys", self._look())
        if typed != text:
            raise DeviceError("another window came up", "target_changed")

    def by_hand(self, text: str) -> None:
        self.page.put(text)
        self.ledger.untouched = False  # as the key watch tells

    def _window_at(self, since: float | None) -> int:
        return 0 if since is None else int(since)

    def _look(self) -> Target:
        return Target(self.focus + 1, f"page {self.focus}", "editor")

    def _take(self, text: str, target: Target) -> bool:
        if not self._select(text, target):
            return False
        self.page.put("")
        if self.moves_to is not None:
            self.focus = self.moves_to
        return True

    def _take_selected(self, text: str, target: Target) -> bool:
        if self.page.selected != text:
            return False
        self.page.put("")
        return True

    def _select(self, text: str, target: Target) -> bool:
        if not self.page.text[: self.page.cursor].endswith(text):
            return False
        self.page.anchor, self.page.cursor = self.page.cursor, self.page.cursor - len(text)
        return True

    def _unselect(self, text: str, target: Target) -> None:
        if self.page.anchor is not None:
            self.page.cursor, self.page.anchor = self.page.anchor, None

    def _stands(self, text: str, target: Target) -> bool:
        return self.page.text[: self.page.cursor].endswith(text) if text else self.ledger.untouched

    def _around(self, target: Target) -> str | None:
        return None


@pytest.fixture
def hands() -> Hands:
    return Hands(pages=2)


def test_scratch_undo_and_redo(hands: Hands) -> None:
    hands.type("One.")
    hands.type(" Two.")
    assert hands.scratch() == " Two."
    assert hands.page.text == "One."
    assert hands.undo() is True
    assert hands.page.text == "One. Two."
    assert (hands.undo(), hands.undo(), hands.undo()) == (True, True, False)
    assert hands.page.text == ""
    assert (hands.redo(), hands.redo(), hands.redo(), hands.redo()) == (True, True, True, False)
    assert hands.page.text == "One."
    assert hands.scratch() == "One."


def test_a_change_ends_what_can_be_redone(hands: Hands) -> None:
    hands.type("One")
    hands.undo()
    hands.type("Two")
    assert hands.redo() is False
    assert hands.page.text == "Two"


def test_an_edit_keeps_what_was_said_at_one_time_apart(hands: Hands) -> None:
    hands.type("I saw the")
    hands.type(" dog.")
    assert hands.replace("the dog.", "them dog.")
    assert hands.page.text == "I saw them dog."
    assert hands.scratch() == " dog."
    assert hands.page.text == "I saw them"
    assert hands.undo() is True
    assert hands.undo() is True
    assert hands.page.text == "I saw the dog."
    assert hands.scratch() == " dog."


def test_an_edit_across_pieces(hands: Hands) -> None:
    for piece in ("One two", " three", " four."):
        hands.type(piece)
    assert hands.replace(" two three four.", "")
    assert hands.page.text == "One"
    assert hands.undo() is True
    assert hands.page.text == "One two three four."
    assert hands.scratch() == " four."


def test_only_the_end_of_our_own_text_is_edited(hands: Hands) -> None:
    hands.page.put("By hand. ")
    hands.type("Mine.")
    assert not hands.replace("hand. Mine.", "")
    assert not hands.replace("Min", "")
    assert not hands.replace("", "more")
    assert hands.page.text == "By hand. Mine."


def test_nothing_is_touched_where_the_person_went_on(hands: Hands) -> None:
    hands.type("Mine.")
    hands.by_hand(" theirs")
    assert hands.scratch() is None
    assert not hands.replace("Mine.", "x")
    assert not hands.select("Mine.")
    assert hands.undo() is False
    assert hands.page.text == "Mine. theirs"
    assert hands.page.anchor is None


def test_what_was_taken_back_is_not_put_elsewhere(hands: Hands) -> None:
    hands.type("Start.")
    hands.type(" Mine.")
    hands.scratch()
    hands.page.cursor = 2
    assert hands.undo() is False
    assert hands.page.text == "Start."


def test_another_window_is_never_touched(hands: Hands) -> None:
    hands.type("Mine.")
    hands.focus = 1
    hands.page.put("Mine.")
    assert (hands.scratch(), hands.undo(), hands.redo()) == (None, False, False)
    assert not hands.replace("Mine.", "")
    assert not hands.select("Mine.")
    assert [page.text for page in hands.pages] == ["Mine.", "Mine."]
    hands.focus = 0
    assert hands.scratch() == "Mine."


def test_where_nothing_was_typed_of_late_another_undo_may_be_meant(hands: Hands, monkeypatch) -> None:
    hands.type("Mine.")
    hands.focus = 1
    later = time.time() + RECENT_S
    monkeypatch.setattr(time, "time", lambda: later)
    assert (hands.undo(), hands.redo()) == (None, None)
    hands.focus = 0
    assert hands.undo() is True


def test_what_was_said_to_another_window_edits_nothing_here(hands: Hands) -> None:
    """since: here, the number of the window that was focused when the person began to speak."""
    hands.type("Mine.")
    assert (hands.scratch(2.0), hands.undo(2.0), hands.redo(2.0)) == (None, False, False)
    assert not hands.replace("Mine.", "", 2.0)
    assert not hands.select("Mine.", 2.0)
    assert hands.page.text == "Mine."
    assert hands.scratch(1.0) == "Mine."


def test_where_another_window_comes_up_in_the_middle_nothing_goes_there(hands: Hands) -> None:
    hands.type("their house")
    hands.moves_to = 1
    with pytest.raises(DeviceError):
        hands.replace("their house", "my house")
    assert [page.text for page in hands.pages] == ["", ""]
    hands.focus, hands.moves_to = 0, None
    assert hands.undo() is True
    assert hands.page.text == "their house"


def test_what_could_be_typed_of_an_edit_is_known(hands: Hands) -> None:
    hands.type("one two")
    hands.fails_after = 2
    with pytest.raises(DeviceError):
        hands.replace("two", "three")
    hands.fails_after = None
    assert hands.page.text == hands.typed() == "one thr"
    assert hands.undo() is True
    assert hands.page.text == "one two"


def test_what_is_typed_takes_the_place_of_what_is_selected(hands: Hands) -> None:
    hands.type("One two")
    assert hands.select("two")
    assert hands.before() == "One "
    hands.type("three")
    assert hands.page.text == hands.typed() == "One three"
    assert hands.undo() is True
    assert hands.page.text == "One two"


def test_what_is_selected_is_scratched_first(hands: Hands) -> None:
    hands.type("One two")
    assert hands.select("two")
    assert hands.selected() == "two"
    assert hands.scratch() == "two"
    assert hands.scratch() == "One "
    assert hands.page.text == ""


def test_a_wider_selection_takes_the_place_of_a_narrower(hands: Hands) -> None:
    hands.type("One two three")
    assert hands.select("three")
    assert hands.select("two three")
    assert hands.page.selected == "two three"
    assert hands.undo() is True  # not of the selection, but of what was typed
    assert hands.page.text == ""


def test_enter_and_tab_are_text(hands: Hands) -> None:
    hands.type("One")
    hands.page.put("\n")
    hands.ledger.pressed("shift+enter", 1, hands._look())
    assert hands.before() == "One\n"
    assert hands.scratch() == "\n"
    hands.page.put("\t")
    hands.ledger.pressed("tab", 1, hands._look())
    assert hands.scratch() == "\t"
    assert hands.page.text == "One"


@pytest.mark.parametrize("seed", range(20))
def test_whatever_is_said_the_window_holds_what_the_ledger_says(seed: int) -> None:
    chance = random.Random(seed)
    hands = Hands()
    words = ["One", " two.", " größer", "\n", "你好，", " \U0001f44d\U0001f3fd", " their", "x"]
    history = [""]
    for _ in range(120):
        text = hands.typed()
        old = text[chance.randrange(len(text)) :] if text else ""
        what = chance.choice(["type", "type", "replace", "scratch", "undo", "redo", "select"])
        if what == "type":
            hands.type(chance.choice(words))
        elif what == "replace":
            hands.replace(old, chance.choice(words) * chance.randrange(3))
        elif what == "select":
            assert hands.select(old) == bool(old)
        else:
            getattr(hands, what)()
        assert hands.page.text == hands.typed()
        history.append(hands.page.text)
    for _ in range(400):
        if not hands.undo():
            break
        assert hands.page.text == hands.typed()
        assert hands.page.text in history
    assert hands.page.text == ""
