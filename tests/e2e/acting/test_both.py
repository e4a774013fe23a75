"""What holds on X11 and under Wayland alike: text read back from real windows, taken back, and the clipboard."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from aihear_voice.acting.typist import DesktopTypist
from aihear_voice.errors import DeviceError

from ...rigs import wait_until
from .desks import Desk, changed

pytestmark = pytest.mark.e2e


@pytest.fixture(params=["x_desk", "sway_desk"])
def desk(request: pytest.FixtureRequest) -> Desk:
    found: Desk = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def typist(desk: Desk) -> Iterator[DesktopTypist]:
    opened = changed()
    yield opened
    opened.close()


# The person's selection


def test_what_is_selected_in_the_focused_window_is_read(desk: Desk, typist: DesktopTypist) -> None:
    editor = desk.editor()
    typist.type("Read this aloud, please.")
    editor.wait_text("Read this aloud, please.")
    assert typist.select("aloud, please.")
    assert typist.read_selected() == "aloud, please."


def test_what_is_selected_in_another_window_is_not_read(x_desk: Desk) -> None:
    editor, typist = x_desk.editor(), changed()
    typist.type("Mine, not yours.")
    editor.wait_text("Mine, not yours.")
    assert typist.select("yours.")
    x_desk.other()
    assert typist.read_selected() is None
    typist.close()


# The clipboard


def test_what_the_person_copies_meanwhile_wins(desk: Desk) -> None:
    editor, typist = desk.editor(), changed(paste_restore_s=1.0)
    desk.copy("old")
    typist.type("你好")
    assert editor.wait_text("你好") == "你好"
    desk.copy("new")
    time.sleep(1.3)
    assert desk.clipboard() == "new"
    typist.close()
    assert desk.clipboard() == "new"


def test_an_empty_clipboard_stays_empty(desk: Desk, typist: DesktopTypist) -> None:
    editor = desk.editor()
    desk.copy("x")
    desk.clear()
    typist.type("你好")
    assert editor.wait_text("你好") == "你好"
    wait_until(lambda: desk.clipboard() == "", "the clipboard is empty")


def test_short_plain_text_leaves_the_clipboard_alone(desk: Desk, typist: DesktopTypist) -> None:
    editor = desk.editor()
    desk.copy("mine")
    assert typist.type("Hello.").method == "keys"
    assert editor.wait_text("Hello.") == "Hello."
    assert desk.clipboard() == "mine"


def test_a_window_that_does_not_paste_is_told(desk: Desk, typist: DesktopTypist) -> None:
    desk.deaf()
    with pytest.raises(DeviceError) as error:
        typist.type("你好")
    assert error.value.code == "not_delivered"
    assert desk.clipboard() == "你好"


# Taking back


def test_takes_back_piece_by_piece(desk: Desk, typist: DesktopTypist) -> None:
    editor = desk.editor()
    pieces = [
        "Hello. ",
        "Größe 你好 ",
        "\U0001f600 \U0001f468\u200d\U0001f469\u200d\U0001f467 flag \U0001f1e9\U0001f1ea ",
        "two\nlines",
    ]
    for piece in pieces:
        typist.type(piece)
    assert editor.wait_text("".join(pieces)) == "".join(pieces)
    while pieces:
        last = pieces.pop()
        assert typist.scratch() == last
        assert editor.wait_text("".join(pieces)) == "".join(pieces)
    assert typist.scratch() is None


def test_does_not_take_back_what_is_not_there_any_more(desk: Desk, typist: DesktopTypist) -> None:
    editor = desk.editor()
    typist.type("Hello.")
    desk.type(" by hand")
    assert editor.wait_text("Hello. by hand") == "Hello. by hand"
    assert typist.scratch() is None
    typist.type("!")
    assert editor.wait_text("Hello. by hand!") == "Hello. by hand!"  # the cursor is where it was


def test_does_not_take_back_from_another_window(desk: Desk, typist: DesktopTypist) -> None:
    editor = desk.editor()
    typist.type("Hello.")
    assert editor.wait_text("Hello.") == "Hello."
    other = desk.other()
    desk.type("mine")
    assert other.wait_text("mine") == "mine"
    assert typist.scratch() is None
    assert other.text() == "mine"
    editor.focus()
    assert typist.scratch() == "Hello."
    assert editor.wait_text("") == ""


@pytest.fixture
def line(desk: Desk, tmp_path: Path) -> Path:
    """A shell in a terminal reads a line into this file."""
    desk.shell(tmp_path / "line.txt")
    return tmp_path / "line.txt"


def test_takes_back_in_a_terminal(line: Path, typist: DesktopTypist) -> None:
    typist.type("echo ")
    typist.type("größe 你好")
    time.sleep(0.3)
    assert typist.scratch() == "größe 你好"
    typist.type("done\n")
    wait_until(lambda: line.exists() and line.read_text(), "the shell read its line")
    assert line.read_text() == "echo done\n"


def test_does_not_take_back_by_hand_typed_text_in_a_terminal(desk: Desk, line: Path, typist: DesktopTypist) -> None:
    typist.type("echo ")
    time.sleep(0.3)
    desk.type("mine")
    assert typist.scratch() is None  # a terminal does not tell what stands there
    desk.enter()
    wait_until(lambda: line.exists() and line.read_text(), "the shell read its line")
    assert line.read_text() == "echo mine\n"


# Processes


def test_a_killed_typist_starts_again(desk: Desk, typist: DesktopTypist) -> None:
    editor = desk.editor()
    typist.type("one ")
    typist._worker.kill()
    typist.type("two")
    assert editor.wait_text("one two") == "one two"
    assert typist.scratch() == "two"
