"""The other ways to type under Wayland, each on its own: the portal's keyboard, the kernel's, wl-clipboard.

The portal is the real one, and ydotoold's socket takes what the real one takes; behind both, in the place of the
desktop and of the kernel, the test presses the keys in a real sway.
"""

from __future__ import annotations

import os
import socket
import struct
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from aihear_voice.acting.wayland.clipboard import CLIPBOARD, PRIMARY, Clipboard
from aihear_voice.acting.wayland.data_control import DataControl
from aihear_voice.acting.wayland.kernel_keyboard import KernelKeyboard
from aihear_voice.acting.wayland.keyboard import Keyboard
from aihear_voice.acting.wayland.portal_keyboard import PortalKeyboard
from aihear_voice.acting.wayland.typist import WaylandTypist, open_clipboard, open_keyboard
from aihear_voice.acting.wayland.wire import Connection
from aihear_voice.acting.wayland.wl_clipboard import WlClipboard
from aihear_voice.errors import DeviceError

from ....portal import Portal
from ....reporting import TEXTS
from ....rigs import wait_until
from ....wayland import Hand, SwaySession

pytestmark = pytest.mark.e2e
SOME = ("ASCII", "CJK", "newlines")


@pytest.fixture
def poor() -> Iterator[Connection]:
    """A compositor that offers programs neither a keyboard nor the clipboard."""
    connection = Connection()
    for name in [name for name in connection.globals if "virtual_keyboard" in name or "data_control" in name]:
        del connection.globals[name]
    yield connection
    connection.close()


@pytest.fixture
def portal(hand: Hand, home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Portal]:
    opened = Portal(on_key=hand.key)
    for name, value in opened.env.items():
        monkeypatch.setenv(name, value)
    yield opened
    opened.close()


@pytest.fixture
def service(hand: Hand, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What ydotoold gets goes to the keyboard."""
    path = tmp_path / "ydotool"
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    listening.bind(str(path))
    monkeypatch.setenv("YDOTOOL_SOCKET", str(path))

    def serve() -> None:
        while event := listening.recv(24):
            _, _, kind, code, value = struct.unpack("@llHHi", event)
            if kind == 1:
                hand.code(code, bool(value))

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ender:
        ender.sendto(b"", str(path))
    thread.join(5)
    listening.close()


def typist(keyboard: Keyboard | None = None, clipboard: Clipboard | None = None) -> WaylandTypist:
    opened = WaylandTypist("auto", 0.002, 0.3)
    opened._keyboard = keyboard or opened._keyboard
    opened._clipboard = clipboard or opened._clipboard
    return opened


def arrives(sway: SwaySession, typist: WaylandTypist, application: str) -> None:
    window = getattr(sway, application)()
    sway.copy("mine, größer")
    for kind in SOME:
        delivery = typist.type(TEXTS[kind], 0)
        assert delivery.failure is None
        assert window.added(TEXTS[kind]) == TEXTS[kind], kind
    wait_until(lambda: sway.clipboard() == "mine, größer", "the clipboard is restored")
    typist.close()
    assert sway.clipboard() == "mine, größer"


@pytest.mark.parametrize("application", ["foot", "editor"])
def test_text_arrives_through_the_portal(sway: SwaySession, portal: Portal, poor: Connection, application: str) -> None:
    keyboard = open_keyboard(poor, 0.002)
    assert isinstance(keyboard, PortalKeyboard)
    arrives(sway, typist(keyboard), application)


def test_text_arrives_through_the_kernel(sway: SwaySession, service: None, poor: Connection) -> None:
    keyboard = open_keyboard(poor, 0.002)
    assert isinstance(keyboard, KernelKeyboard)
    arrives(sway, typist(keyboard), "editor")


def test_text_arrives_through_wl_clipboard(sway: SwaySession, poor: Connection) -> None:
    clipboard = open_clipboard(poor)
    assert isinstance(clipboard, WlClipboard)
    arrives(sway, typist(clipboard=clipboard), "editor")


def test_wl_clipboard_beside_a_clipboard_manager(sway: SwaySession) -> None:
    window, opened = sway.foot(), typist(clipboard=WlClipboard())
    sway.copy("mine")
    manager = sway.start("wl-paste", "--watch", "cat")
    time.sleep(0.3)
    try:
        for text in ("你好", "世界"):
            assert opened.type(text, 0).failure is None
            assert window.added(text) == text
        wait_until(lambda: sway.clipboard() == "mine", "the clipboard is restored")
    finally:
        manager.kill()
        manager.wait()
        opened.close()


def test_wl_clipboard_keeps_a_picture(sway: SwaySession) -> None:
    window, opened, picture = sway.foot(), typist(clipboard=WlClipboard()), os.urandom(100_000)
    subprocess.run(["wl-copy", "--type", "image/png"], input=picture, check=True)
    assert opened.type("你好", 0).failure is None
    assert window.added("你好") == "你好"
    opened.close()
    assert subprocess.run(["wl-paste", "--type", "image/png"], capture_output=True).stdout == picture


def test_what_the_person_copies_meanwhile_wins_over_wl_clipboard(sway: SwaySession) -> None:
    window, opened = sway.foot(), typist(clipboard=WlClipboard())
    for text, new in (("你好", "new"), ("世界", "newer")):
        sway.copy("old")
        assert opened.type(text, 0).failure is None
        assert window.added(text) == text
        sway.copy(new)
        time.sleep(0.6)  # what was lent would have been taken away by then
        assert sway.clipboard() == new
    opened.close()
    assert sway.clipboard() == "newer"


@pytest.mark.parametrize("way", [WlClipboard, lambda: DataControl(Connection())], ids=["wl-clipboard", "data control"])
def test_a_text_that_was_not_taken_stays_on_the_clipboard(sway: SwaySession, way: Callable[[], Clipboard]) -> None:
    sway.foot("deaf", "-o", "key-bindings.clipboard-paste=none")
    opened = typist(clipboard=way())
    failure = opened.type("你好", 0).failure
    assert failure is not None
    assert failure.code == "not_delivered"
    opened.close()
    assert sway.clipboard() == "你好"


@pytest.mark.parametrize("way", [WlClipboard, lambda: DataControl(Connection())], ids=["wl-clipboard", "data control"])
def test_a_text_for_the_person_takes_the_clipboard_and_not_the_selection(
    sway: SwaySession, way: Callable[[], Clipboard]
) -> None:
    sway.copy("mine")
    sway.copy("selected", "--primary")
    opened = way()
    opened.lend("pasted", (CLIPBOARD, PRIMARY))
    opened.give_back(5.0)
    opened.keep("for the person")
    assert (sway.clipboard(), sway.clipboard("--primary")) == ("for the person", "selected")
    opened.close()
    assert (sway.clipboard(), sway.clipboard("--primary")) == ("for the person", "selected")


def test_what_the_portal_refuses_is_on_the_clipboard(sway: SwaySession, portal: Portal) -> None:
    window = sway.foot()
    portal.refuses = True
    delivery = typist(PortalKeyboard(0.0)).type("not lost", 0)
    assert delivery.failure is not None
    assert delivery.failure.code == "refused"
    assert sway.clipboard() == "not lost"
    assert window.text() == ""


def test_without_any_way_the_text_is_on_the_clipboard(
    sway: SwaySession, poor: Connection, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("YDOTOOL_SOCKET", "/nowhere")
    with pytest.raises(DeviceError) as error:
        open_keyboard(poor, 0.0)
    assert error.value.code == "no_keys"
    assert error.value.hint
    sway.foot()
    opened = typist()
    opened._keyboard, opened._missing = None, error.value
    delivery = opened.type("not lost", 0)
    assert delivery.typed == ""
    assert delivery.failure is not None
    assert sway.clipboard() == "not lost"


def test_a_shortcut_of_another_layout_is_found(sway: SwaySession) -> None:
    """Ctrl+S where the first layout has no s."""
    opened, russian = typist(), Hand("ru,us")
    editor = sway.editor()
    russian.type("ы")
    opened.press("save", 1, 0)
    wait_until(lambda: editor.path.read_text() == "ы", "it is saved")
    assert opened.type("latin", 0).method == "paste"
    assert editor.added("ыlatin") == "ыlatin"
    opened.close()
    russian.close()
