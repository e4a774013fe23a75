"""Text arrives exactly under Wayland: real windows in headless sway, their text read back from themselves."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from aihear_voice import doctor, settings
from aihear_voice.acting import clipboard
from aihear_voice.acting.typist import DesktopTypist
from aihear_voice.acting.wayland import wire
from aihear_voice.errors import DeviceError

from ....reporting import TEXTS
from ....rigs import need, session_bus, wait_until
from ....wayland import Hand, SwaySession
from ..desks import changed

pytestmark = pytest.mark.e2e


@pytest.fixture
def typist(sway: SwaySession) -> Iterator[DesktopTypist]:
    opened = changed()
    yield opened
    opened.close()


# What arrives


@pytest.mark.parametrize("application", ["foot", "editor", "browser"])
def test_every_kind_of_text_arrives(sway: SwaySession, typist: DesktopTypist, application: str) -> None:
    window = getattr(sway, application)()
    sway.copy("mine, größer")
    for kind, text in TEXTS.items():
        insertion = typist.type(text)
        assert window.added(text) == text, kind
        assert insertion.method in ("keys", "paste")
    wait_until(lambda: sway.clipboard() == "mine, größer", "the clipboard is restored")


@pytest.mark.parametrize("method", ["keys", "paste"])
def test_either_method_brings_the_text(sway: SwaySession, method: str) -> None:
    window, typist = sway.foot(), changed(method=method)
    for kind in ("ASCII", "accents", "CJK", "newlines"):
        typist.type(TEXTS[kind])
        assert window.added(TEXTS[kind]) == TEXTS[kind], kind
    typist.close()


@pytest.mark.parametrize(("layout", "text"), [("de", "Größe: {x} @ y|z € ~ \\"), ("fr", "été, 1ère à 5 € {@} [x]")])
def test_the_persons_layout_is_typed_on(sway: SwaySession, layout: str, text: str) -> None:
    window, hand = sway.foot(), Hand(layout)
    hand.type("x")
    assert window.added("x") == "x"
    typist = changed()
    assert typist.type(text).method == "keys"
    assert window.added(text) == text
    hand.type("é" if layout == "fr" else "ß")  # their own keyboard is as it was
    assert window.added("é" if layout == "fr" else "ß")
    typist.close()
    hand.close()


@pytest.mark.parametrize("key", ["shift", "ctrl", "alt", "super"])
def test_a_held_modifier_does_not_change_the_text(
    sway: SwaySession, typist: DesktopTypist, hand: Hand, key: str
) -> None:
    window = sway.foot()
    hand.hold(key)
    for text in ("Hello there.", "你好"):
        typist.type(text)
        assert window.added(text) == text
    hand.let_go(key)
    hand.type("after")
    assert window.added("after") == "after"


def test_doctor_names_what_carries_typing(sway: SwaySession) -> None:
    check = next(check for name, _, check in doctor.CHECKS if name == "typing")
    says = check(settings.load(env={})).says
    assert "virtual keyboard" in says
    assert "data control" in says


# The clipboard


def test_a_copied_picture_is_as_it_was(sway: SwaySession, typist: DesktopTypist) -> None:
    window, picture = sway.foot(), os.urandom(300_000)
    subprocess.run(["wl-copy", "--type", "image/png"], input=picture, check=True)
    typist.type("你好")
    assert window.added("你好") == "你好"

    def pasted() -> bytes:
        return subprocess.run(["wl-paste", "--type", "image/png"], capture_output=True).stdout

    wait_until(lambda: pasted() == picture, "the picture is back")
    typist.close()
    assert pasted() == picture  # the program is gone, the clipboard is not


def test_history_copies(sway: SwaySession) -> None:
    clipboard.put("from the history, größer")
    assert sway.clipboard() == "from the history, größer"


def test_a_clipboard_manager_does_not_come_between(sway: SwaySession, typist: DesktopTypist) -> None:
    """It reads whatever is copied, which is not the window's reading."""
    window = sway.foot()
    sway.copy("mine")
    manager = sway.start("wl-paste", "--watch", "cat")
    try:
        for text in ("你好", "世界", "再见"):
            typist.type(text)
            assert window.added(text) == text
        wait_until(lambda: sway.clipboard() == "mine", "the clipboard is restored")
    finally:
        manager.kill()
        manager.wait()


# The right window


def test_a_window_that_came_up_since_the_person_spoke_gets_nothing(sway: SwaySession, typist: DesktopTypist) -> None:
    spoken_to = sway.foot("spoken to")
    typist.warm()
    typist.type("one ")
    assert spoken_to.added("one ") == "one "
    began = time.monotonic()
    other = sway.foot("other")
    for text in ("two", "二"):
        with pytest.raises(DeviceError) as error:
            typist.type(text, began)
        assert error.value.code == "target_changed"
        assert sway.clipboard() == text
    with pytest.raises(DeviceError):
        typist.press("enter", 1, began)
    spoken_to.focus()
    typist.type("three", began)
    assert spoken_to.added("three") == "three"
    assert other.text() == ""


def test_a_window_that_vanished_gets_nothing(sway: SwaySession, typist: DesktopTypist) -> None:
    other, spoken_to = sway.foot("other"), sway.foot("spoken to")
    typist.warm()
    typist.type("one ")
    began = time.monotonic()
    spoken_to.close()
    with pytest.raises(DeviceError) as error:
        typist.type("two", began)
    assert error.value.code == "target_changed"
    assert sway.clipboard() == "two"
    assert other.text() == ""


def test_without_a_window_the_text_is_on_the_clipboard(sway: SwaySession, typist: DesktopTypist) -> None:
    with pytest.raises(DeviceError) as error:
        typist.type("lost?")
    assert error.value.code == "no_focus"
    assert sway.clipboard() == "lost?"


def test_stops_where_another_window_comes_up(sway: SwaySession) -> None:
    other, window, typist = sway.foot("other"), sway.foot("first"), changed(key_delay_ms=20)
    typist.type("-")
    assert window.added("-") == "-"
    text = "x" * 190
    raised = subprocess.Popen(["sh", "-c", "sleep 1; swaymsg '[title=other] focus'"], stdout=subprocess.DEVNULL)
    with pytest.raises(DeviceError) as error:
        typist.type(text)
    raised.wait()
    time.sleep(0.5)
    typed = window.text()[1:]
    assert 0 < len(typed) < len(text)
    assert error.value.code == "target_changed"
    assert len(other.text()) <= 16  # looked at before every sixteenth character
    assert typed + other.text() + sway.clipboard() == text  # nothing is lost, nothing comes twice
    typist.close()


def test_the_window_says_what_stands_in_it(sway: SwaySession, monkeypatch: pytest.MonkeyPatch) -> None:
    need("/usr/libexec/at-spi-bus-launcher")
    with session_bus() as address:
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address)
        editor, typist, hand = sway.editor(own_bus=False), changed(), Hand()
        texts = ["Hello there. ", "Größe 你好 \U0001f600\n", "x" * 300]
        assert [typist.type(text).verified for text in texts] == ["accessibility"] * 3
        hand.press("ctrl+home")
        hand.type("by hand")
        assert editor.added("by hand" + "".join(texts)) == "by hand" + "".join(texts)
        assert typist.before() == "by hand"  # not what we typed last, but what stands there
        typist.close()
        editor.close()
        hand.close()


# Taking back


def test_takes_back_in_a_browser(sway: SwaySession, typist: DesktopTypist) -> None:
    browser = sway.browser()
    for piece in ("Keep this. ", "Größe 你好 \U0001f600 "):
        typist.type(piece)
        assert browser.added(piece) == piece
    assert typist.scratch() == "Größe 你好 \U0001f600 "
    assert browser.wait_text("Keep this. ") == "Keep this. "


def test_what_is_selected_is_deleted_and_nothing_else(sway: SwaySession, typist: DesktopTypist, hand: Hand) -> None:
    """Browsers go on telling what was selected after the person has pressed an arrow key."""
    browser = sway.browser()
    typist.type("One two three. ")
    assert browser.wait_text("One two three. ") == "One two three. "
    assert typist.select("three. ")
    hand.press("left")
    assert typist.scratch() is None
    typist.type("X ")
    assert browser.wait_text("One two X three. ") == "One two X three. "
    assert typist.select("X ")
    assert typist.scratch() == "X "
    assert browser.wait_text("One two three. ") == "One two three. "


# Keys, windows, processes


def test_presses_chords(sway: SwaySession, typist: DesktopTypist) -> None:
    editor = sway.editor()
    typist.type("one two")
    typist.press("select_all")
    typist.press("backspace")
    typist.press("a", 3)
    assert editor.wait_text("aaa") == "aaa"


def test_asks_windows(sway: SwaySession, typist: DesktopTypist) -> None:
    first, second = sway.foot("first one"), sway.foot("second one")
    assert typist.window("activate", "first one") == "first one"
    typist.type("here")
    assert first.added("here") == "here"
    assert typist.window("close", "no such thing") is None
    assert typist.window("close", "second one") == "second one"
    wait_until(lambda: second.node() is None, "it closes")


def test_places_windows_and_changes_workspaces(sway: SwaySession, typist: DesktopTypist) -> None:
    first, second = sway.foot("first one"), sway.foot("second one")

    def shown() -> str:
        return next(space["name"] for space in json.loads(sway.swaymsg("-t", "get_workspaces")) if space["focused"])

    typist.window("fullscreen", "first one")
    wait_until(lambda: first.node()["fullscreen_mode"] == 1, "it fills the screen")
    typist.window("windowed", "first one")
    wait_until(lambda: first.node()["fullscreen_mode"] == 0, "it does no more")
    typist.window("left", "second one")
    wait_until(lambda: second.node()["rect"]["x"] < first.node()["rect"]["x"], "it stands left of the other")
    typist.window("activate", "second one")
    assert typist.workspace("3", carry=True)
    assert shown() == "1"
    assert typist.workspace("3")
    wait_until(lambda: shown() == "3", "the third is shown")
    typist.type("here")
    assert second.added("here") == "here"
    assert typist.workspace("previous")
    wait_until(lambda: shown() == "1", "the first is shown again")


def test_turns_the_wheel(sway: SwaySession, typist: DesktopTypist) -> None:
    window = sway.foot(
        "mouse", "-o", "scrollback.multiplier=1", program=r"stty -echo -icanon; printf '\033[?1000h\033[?1006h'; cat"
    )

    def turned(button: int) -> int:
        return window.text().count(f"\x1b[<{button};")

    def awake() -> int:
        sway.swaymsg("seat - cursor set 400 300")
        sway.swaymsg("seat - cursor move 1 1")
        typist.scroll(-1)
        time.sleep(0.3)
        return turned(65)

    # The first turn makes the session's first pointer, which the terminal takes up in its own time.
    wait_until(awake, "the terminal hears the wheel")
    down, up = turned(65), turned(64)
    typist.scroll(-2)
    typist.scroll(1)
    wait_until(lambda: turned(65) == down + 2, "the terminal hears two turns down")
    wait_until(lambda: turned(64) == up + 1, "and one up")


def test_a_session_that_is_gone_is_told_quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAYLAND_DISPLAY", "/nowhere/wayland-0")
    typist = changed()
    begun = time.monotonic()
    with pytest.raises(DeviceError) as error:
        typist.type("hello")
    assert error.value.code == "no_display"
    assert error.value.hint
    assert time.monotonic() - begun < 5
    typist.close()


def test_a_compositor_that_does_not_answer_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def opened() -> int:
        return len(os.listdir("/proc/self/fd"))

    path = tmp_path / "wayland-0"
    monkeypatch.setenv("WAYLAND_DISPLAY", str(path))
    monkeypatch.setattr(wire, "_ANSWER_S", 0.2)
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(str(path))
        silent.listen()
        before = opened()
        with pytest.raises(DeviceError) as error:
            wire.Connection()
        assert error.value.code == "typing_stuck"
        wait_until(lambda: opened() == before, "the connection is closed")
