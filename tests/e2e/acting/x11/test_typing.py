"""Text arrives exactly: real windows of three toolkits on a real X server."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from aihear_voice import settings
from aihear_voice.acting.typist import DesktopTypist
from aihear_voice.acting.x11.clipboard import XClipboard
from aihear_voice.acting.x11.focus import FocusWatch
from aihear_voice.errors import DeviceError

from ....applications import Mousepad
from ....rigs import Screen, wait_until
from ..desks import changed

pytestmark = pytest.mark.e2e

HARD = "Größe, café, señor: «ça» — 你好，世界！ \U0001f600 ok\n"
PLAIN = 'The {quick} [brown] fox_jumps @ 10:30 & says "hello" ~ it\'s <fine>; a\\b | c^d `e` #1 $2 50% (3*4)=12+x?!\n'
LONG = " ".join(f"word{n} größer 数{n}" for n in range(70))[:1000]


@pytest.fixture
def typist(screen: Screen) -> Iterator[DesktopTypist]:
    opened = DesktopTypist(settings.load(env={}).typing)
    yield opened
    opened.close()


def keyboard_map(screen: Screen) -> str:
    shown = subprocess.run(["xkbcomp", "-xkb", screen.env["DISPLAY"], "-"], capture_output=True, text=True)
    return shown.stdout


def keys_down(screen: Screen) -> int:
    """How many keys the X server holds for pressed."""
    from Xlib.display import Display

    display = Display(screen.env["DISPLAY"])
    try:
        return sum(bin(byte).count("1") for byte in display.query_keymap())
    finally:
        display.close()


@pytest.mark.parametrize("layout", ["us", "de", "fr", "us,ru"])
@pytest.mark.parametrize("text", [PLAIN, HARD, LONG], ids=["plain", "hard", "long"])
@pytest.mark.parametrize("method", ["auto", "keys", "paste"])
def test_arrives_in_a_text_window(screen: Screen, layout: str, text: str, method: str) -> None:
    subprocess.run(["setxkbmap", layout], check=True)
    before = keyboard_map(screen)
    typist = changed(method=method)
    typist.type(text)
    assert screen.wait_text(text) == text
    assert keys_down(screen) == 0
    assert keyboard_map(screen) == before  # no key was borrowed and left behind
    typist.close()


@pytest.mark.parametrize("layout", ["us", "de", "fr"])
@pytest.mark.parametrize("text", [PLAIN, HARD, LONG], ids=["plain", "hard", "long"])
def test_arrives_in_a_terminal(screen: Screen, typist: DesktopTypist, layout: str, text: str) -> None:
    subprocess.run(["setxkbmap", layout], check=True)
    terminal = screen.xterm()
    typist.type(text)
    assert terminal.wait_text(text) == text


@pytest.mark.parametrize("text", [PLAIN, HARD, LONG], ids=["plain", "hard", "long"])
def test_arrives_in_a_gtk_editor(screen: Screen, typist: DesktopTypist, tmp_path: Path, text: str) -> None:
    editor = Mousepad(screen, tmp_path)
    typist.type(text)
    assert editor.wait_text(text) == text
    editor.close()


@pytest.mark.parametrize("key", ["shift", "ctrl", "alt", "super"])
@pytest.mark.parametrize("text", ["Hello there.", "Schöne Grüße"])
def test_a_held_modifier_does_not_change_the_text(screen: Screen, typist: DesktopTypist, key: str, text: str) -> None:
    screen.xdotool("keydown", key)
    typist.type(text)
    assert screen.wait_text(text) == text
    assert keys_down(screen) == 1  # as the person holds it
    screen.xdotool("keyup", key)
    assert keys_down(screen) == 0


def test_caps_lock_does_not_change_the_text(screen: Screen, typist: DesktopTypist) -> None:
    screen.xdotool("key", "Caps_Lock")
    try:
        typist.type("Hello there.")
        assert screen.wait_text("Hello there.") == "Hello there."
    finally:
        screen.xdotool("key", "Caps_Lock")


def test_the_clipboard_is_as_it_was(screen: Screen, typist: DesktopTypist) -> None:
    screen.copy("what the person copied, größer")
    typist.type("日本語を話す")
    assert screen.wait_text("日本語を話す") == "日本語を話す"
    wait_until(lambda: screen.clipboard() == "what the person copied, größer", "the clipboard is restored")
    typist.close()
    assert screen.clipboard() == "what the person copied, größer"


def test_a_large_clipboard_is_as_it_was(screen: Screen, typist: DesktopTypist) -> None:
    large = "line of text, größer\n" * 60_000  # 1.3 MB comes in parts
    screen.copy(large)
    typist.type("é")
    wait_until(lambda: screen.clipboard() == large, "the clipboard is restored")


def test_what_another_program_copied_is_read_right_every_time(screen: Screen) -> None:
    screen.copy("größer, 日本")
    reader = XClipboard()
    try:
        wait_until(lambda: reader.read("CLIPBOARD"), "xclip owns the clipboard")
        assert {reader.read("CLIPBOARD") for _ in range(300)} == {"größer, 日本"}
    finally:
        reader.close()


# Owns the clipboard, and promises a long text in parts (INCR), of which it gives the first.
HALTING = """
from Xlib import X, Xatom
from Xlib.display import Display
from Xlib.protocol.event import SelectionNotify
display = Display()
atom, window = display.intern_atom, display.screen().root.create_window(0, 0, 1, 1, 0, 0)
window.set_selection_owner(atom("CLIPBOARD"), X.CurrentTime)
display.sync()
print("ready", flush=True)
while True:
    event = display.next_event()
    if event.type == X.SelectionRequest:
        if event.target == atom("TARGETS"):
            event.requestor.change_property(event.property, Xatom.ATOM, 32, [atom("UTF8_STRING")])
        else:
            event.requestor.change_attributes(event_mask=X.PropertyChangeMask)
            event.requestor.change_property(event.property, atom("INCR"), 32, [1_000_000])
            place, given = event.property, False
        event.requestor.send_event(SelectionNotify(
            time=event.time, requestor=event.requestor, selection=event.selection, target=event.target,
            property=event.property,
        ))
    elif event.type == X.PropertyNotify and event.state == X.PropertyDelete and event.atom == place and not given:
        event.window.change_property(place, atom("UTF8_STRING"), 8, b"half of it")
        given = True
    display.flush()
"""


@pytest.mark.usefixtures("screen")
def test_half_a_text_does_not_pass_for_the_whole() -> None:
    reader = XClipboard()
    with subprocess.Popen([sys.executable, "-c", HALTING], stdout=subprocess.PIPE) as halting:
        assert halting.stdout is not None
        assert halting.stdout.readline() == b"ready\n"
        read = reader.read("CLIPBOARD")
        halting.kill()
    reader.close()
    assert read == ""


@pytest.mark.usefixtures("screen")
def test_nothing_stays_open() -> None:
    def opened() -> int:
        return len(os.listdir("/proc/self/fd"))

    XClipboard().close()
    before = opened()
    for part in (XClipboard, FocusWatch):
        part().close()
    assert opened() == before


@pytest.mark.usefixtures("screen")
def test_a_typist_that_never_typed_starts_no_process_to_end_it() -> None:
    def of_children() -> int:
        return resource.getrusage(resource.RUSAGE_CHILDREN).ru_minflt

    typist, before = changed(), of_children()
    typist.close()
    assert of_children() == before


def test_no_window_is_told(screen: Screen, typist: DesktopTypist) -> None:
    screen.first.close()
    wait_until(lambda: not screen.find("aihear text"), "the window is gone")
    with pytest.raises(DeviceError) as error:
        typist.type("lost?")
    assert error.value.code == "no_focus"


def test_no_display_is_told_quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    typist = changed()
    begun = time.monotonic()
    for _ in range(2):
        with pytest.raises(DeviceError) as error:
            typist.type("hello")
        assert error.value.code == "no_display"
        assert error.value.hint
    assert time.monotonic() - begun < 5
    monkeypatch.setenv("DISPLAY", ":9")
    typist.close()


# Taking back


def test_takes_back_in_a_gtk_editor(screen: Screen, typist: DesktopTypist, tmp_path: Path) -> None:
    editor = Mousepad(screen, tmp_path)
    for piece in ("Keep this. ", "Größe 你好 \U0001f600 "):
        typist.type(piece)
    assert typist.scratch() == "Größe 你好 \U0001f600 "
    assert editor.wait_text("Keep this. ") == "Keep this. "
    editor.close()


def test_knows_what_new_text_is_joined_to(screen: Screen, typist: DesktopTypist) -> None:
    typist.type("Hello.")
    assert typist.before() == "Hello."
    typist.press("enter")
    assert typist.before() == "Hello.\n"
    typist.type("You.")
    assert typist.before() == "Hello.\nYou."
    screen.xdotool("key", "ctrl")  # push-to-talk
    assert typist.before() == "Hello.\nYou."
    screen.xdotool("key", "Return")  # a message was sent
    assert typist.before() == ""
    typist.type("Next.")
    assert typist.before() == "Next."
    screen.window("other")
    assert typist.before() == ""


def test_stops_where_another_window_comes_up(screen: Screen) -> None:
    typist = changed(key_delay_ms=20)
    text = "x" * 199
    other = screen.window("other")
    screen.focus()
    raised = subprocess.Popen(["sh", "-c", f"sleep 1.5; xdotool windowactivate {screen.find('other')}"])
    with pytest.raises(DeviceError) as error:
        typist.type(text)
    raised.wait()
    assert error.value.code == "target_changed"
    assert 0 < len(screen.text()) < len(text)
    assert other.text() == ""
    typist.close()


# Keys and windows


def test_presses_chords(screen: Screen, typist: DesktopTypist) -> None:
    typist.type("one two")
    typist.press("ctrl+/")  # Tk's "select all"
    typist.press("backspace")
    typist.press("a", 3)
    assert screen.wait_text("aaa") == "aaa"


def test_asks_windows(screen: Screen, typist: DesktopTypist) -> None:
    screen.window("other")
    assert typist.window("activate", "aihear text") == "aihear text"
    wait_until(lambda: typist.press("shift") == "aihear text", "the window comes up")
    assert typist.window("maximize") == "aihear text"
    wait_until(lambda: "1280x" in screen.xdotool("getwindowgeometry", screen.find("aihear text")), "it is large")
    assert typist.window("close", "no such thing") is None
    assert typist.window("close", "other") == "other"
    wait_until(lambda: not screen.find("other"), "it closes")


def test_places_windows_and_changes_workspaces(screen: Screen, typist: DesktopTypist) -> None:
    number = screen.find("aihear text")

    def shape() -> tuple[int, int, int, int]:
        lines = screen.xdotool("getwindowgeometry", "--shell", number).split()
        found = dict(line.split("=") for line in lines)
        return int(found["X"]), int(found["Y"]), int(found["WIDTH"]), int(found["HEIGHT"])

    typist.window("fullscreen")
    wait_until(lambda: shape() == (0, 0, 1280, 900), "it fills the screen")
    typist.window("right")
    wait_until(lambda: 640 <= shape()[0] <= 650 and 620 <= shape()[2] <= 640, "it fills the right half")
    typist.window("left")
    wait_until(lambda: shape()[0] < 10 and 620 <= shape()[2] <= 640, "it fills the left half")
    assert shape()[3] > 800
    screen.xdotool("set_num_desktops", "3")
    assert typist.workspace("3")
    wait_until(lambda: screen.xdotool("get_desktop").strip() == "2", "the third is shown")
    assert typist.workspace("next")
    wait_until(lambda: screen.xdotool("get_desktop").strip() == "0", "after the last comes the first")
    assert not typist.workspace("4")
    wait_until(lambda: typist.press("shift") == "aihear text", "the window has the focus again")
    assert typist.workspace("2", carry=True)
    wait_until(lambda: screen.xdotool("get_desktop_for_window", number).strip() == "1", "it was taken there")
    assert screen.xdotool("get_desktop").strip() == "0"
