"""Text goes into the window that it was meant for, whole, or onto the clipboard: whatever happens meanwhile."""

from __future__ import annotations

import itertools
import random
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from Xlib import XK, X, Xatom
from Xlib.display import Display
from Xlib.ext import xtest

from aihear_voice.acting.typist import DesktopTypist
from aihear_voice.acting.x11.clipboard import XClipboard
from aihear_voice.errors import CutShort, DeviceError
from aihear_voice.listening.keys import KeyListener

from ....applications import ALL, Application, Chromium, FeatherPad, MousepadOnBus, TkField
from ....reporting import TEXTS
from ....rigs import Program, PulseServer, Screen, join, need, session_bus, speech, wait_until
from ..desks import changed
from .test_typing import keys_down

pytestmark = pytest.mark.e2e

PLAIN = "The quick brown Fox jumps over the lazy Dog, and then {it} says: 'why?' #42. "
XK.load_keysym_group("xkb")  # ISO_Level3_Shift is AltGr
LONG = "5,000 characters"
VOICE = "flite:rms"
MODIFIERS = ("Shift_L", "Control_L", "Alt_L", "Super_L", "Control_R")


@pytest.fixture
def typist(screen: Screen) -> Iterator[DesktopTypist]:
    opened = changed()
    opened.warm()
    time.sleep(0.3)  # it sees the focus from then on
    yield opened
    opened.close()


def refused(typist: DesktopTypist, text: str, since: float | None = None) -> DeviceError:
    with pytest.raises(DeviceError) as error:
        typist.type(text, since)
    assert error.value.hint
    assert "\n" not in error.value.message
    return error.value


# The window that was spoken to


@pytest.mark.parametrize("text", ["Hello there.", "Größe 你好"], ids=["keys", "paste"])
def test_goes_to_no_other_window_than_was_spoken_to(screen: Screen, typist: DesktopTypist, text: str) -> None:
    screen.copy("mine")
    began = time.monotonic()
    other = screen.window("other")
    error = refused(typist, text, began)
    assert (error.code, screen.clipboard()) == ("target_changed", text)
    assert "other" in error.message
    time.sleep(0.3)
    assert (screen.text(), other.text()) == ("", "")
    screen.focus()
    typist.type(text, began)  # back again: there it belongs
    assert screen.wait_text(text) == text


def test_a_moment_without_an_active_window_is_waited_for(screen: Screen, typist: DesktopTypist) -> None:
    """Window managers leave one when the focus moves."""
    typist.press("shift")  # its process is there
    display = Display(screen.env["DISPLAY"])
    root, atom = display.screen().root, display.intern_atom("_NET_ACTIVE_WINDOW")
    active = root.get_full_property(atom, 0).value[0]

    def tell(window: int) -> None:
        root.change_property(atom, Xatom.WINDOW, 32, [window])
        display.sync()

    tell(0)
    threading.Timer(0.15, tell, (active,)).start()
    typist.type("Hello.")
    assert screen.wait_text("Hello.") == "Hello."
    display.close()


def test_presses_no_key_in_another_window(screen: Screen, typist: DesktopTypist) -> None:
    began = time.monotonic()
    other = screen.window("other")
    for key in ("enter", "a", "ctrl+a"):
        with pytest.raises(DeviceError) as error:
            typist.press(key, 1, began)
        assert error.value.code == "target_changed"
    with pytest.raises(DeviceError):
        typist.window("close", "", began)
    typist.press("volume_up", 1, began)  # goes to no window
    typist.press("a", 1, time.monotonic())
    assert other.wait_text("a") == "a"
    assert screen.text() == ""


def test_goes_to_the_window_that_was_asked_for_meanwhile(screen: Screen, typist: DesktopTypist) -> None:
    screen.window("other")
    began = time.monotonic()
    assert typist.window("activate", "aihear text") == "aihear text"
    wait_until(lambda: typist.press("shift") == "aihear text", "the window comes up")
    typist.type("Hello.", began)
    assert screen.wait_text("Hello.") == "Hello."


def test_the_window_is_closed_before(screen: Screen, typist: DesktopTypist) -> None:
    other = screen.window("other")
    screen.focus()
    began = time.monotonic()
    screen.first.close()
    wait_until(lambda: not screen.find("aihear text"), "the window is gone")
    assert refused(typist, "Hello there.", began).code in ("target_changed", "no_focus")
    assert screen.clipboard() == "Hello there."
    time.sleep(0.3)
    assert other.text() == ""


@pytest.mark.parametrize("event", ["raise", "close"])
@pytest.mark.parametrize("seed", range(3))
def test_what_happens_in_the_middle(screen: Screen, event: str, seed: int) -> None:
    """Each key goes to the window or to nobody; what was not typed is on the clipboard, not a character twice."""
    typist = changed(key_delay_ms=3)
    typist.press("shift")  # its process is there
    other = screen.window("other")
    screen.focus()
    text = (PLAIN * 3)[:200]
    command = (
        ["windowactivate", screen.find("other")] if event == "raise" else ["windowkill", screen.find("aihear text")]
    )
    meanwhile = threading.Timer(random.Random(seed).uniform(0.1, 0.5), lambda: screen.xdotool(*command))
    meanwhile.start()
    error = refused(typist, text)
    meanwhile.join()
    typist.close()
    rest = screen.clipboard()
    assert error.code in ("target_changed", "no_focus")
    assert 0 < len(rest) < len(text)
    typed = text.removesuffix(rest)
    assert typed + rest == text
    assert str(len(typed)) in error.message
    assert isinstance(error, CutShort)
    assert error.part == typed
    if event == "raise":
        assert screen.wait_text(typed) == typed
    time.sleep(0.3)
    assert other.text() == ""


def test_what_is_pasted_goes_to_no_other_window(screen: Screen, typist: DesktopTypist) -> None:
    """The focus goes to and fro all the time: each text is in one window, or on the clipboard."""
    other = screen.window("other")
    windows = [screen.find("other"), screen.find("aihear text")]
    stop = threading.Event()

    def wander() -> None:
        for number in range(10_000):
            if stop.wait(0.04):
                return
            screen.xdotool("windowactivate", windows[number % 2])

    thread = threading.Thread(target=wander)
    thread.start()
    kept = []
    texts = [f"Größe {number} 日本\n" for number in range(12)]
    for text in texts:
        try:
            typist.type(text)
        except DeviceError:
            kept.append(screen.clipboard())
    stop.set()
    thread.join()
    time.sleep(0.5)
    arrived = screen.text().splitlines(True) + other.text().splitlines(True) + kept
    assert sorted(arrived) == sorted(texts)


def test_an_open_menu_gets_no_text(screen: Screen, typist: DesktopTypist) -> None:
    """As programs do for menus, and lockers for their screens."""
    holder = Display(screen.env["DISPLAY"])
    window = holder.screen().root.create_window(0, 0, 9, 9, 0, 0, event_mask=X.KeyPressMask, override_redirect=1)
    window.map()
    holder.sync()
    assert window.grab_keyboard(True, X.GrabModeAsync, X.GrabModeAsync, X.CurrentTime) == X.GrabSuccess
    try:
        assert refused(typist, "Hello there.").code == "keyboard_taken"
        assert screen.clipboard() == "Hello there."
        holder.sync()
        pressed = [holder.next_event().type for _ in range(holder.pending_events())]
        assert X.KeyPress not in pressed
    finally:
        holder.close()
    assert screen.text() == ""
    typist.type("Now.")
    assert screen.wait_text("Now.") == "Now."


def test_a_window_that_comes_up_while_somebody_speaks_gets_nothing(
    home: Path, pulse: PulseServer, screen: Screen, aihear: Callable[..., Program]
) -> None:
    program = aihear("run")
    program.wait_for("Ready", 60)
    pulse.play(join(0.3, speech("hey jarvis", VOICE), 0.4, speech("start dictation", VOICE), 1.5))
    program.wait_for("ModeChanged", 30, dictating=True)
    pulse.play_in_background(join(0.3, speech("This is a test of the dictation", VOICE), 1.5))
    program.wait_for("SpeechStarted", 30)
    other = screen.window("a question")
    failed = program.wait_for("Failed", 30)
    assert failed["code"] == "target_changed"
    assert "test of the dictation" in screen.clipboard()
    assert "clipboard" in str(failed["hint"])
    time.sleep(0.5)
    assert (screen.text(), other.text()) == ("", "")
    screen.focus()
    pulse.play(join(0.3, speech("This is a test of the dictation", VOICE), 1.5))
    program.wait_for("Typed", 30)
    assert "test of the dictation" in screen.wait_text("This is a test of the dictation.")
    assert program.stop() == 0


# Modifiers that the person holds


class Fingers:
    """Another program's keys, as far as the server can tell a person's."""

    def __init__(self, screen: Screen) -> None:
        self._display = Display(screen.env["DISPLAY"])
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def key(self, name: str, down: bool) -> None:
        code = self._display.keysym_to_keycode(XK.string_to_keysym(name))
        if name == "Alt_L" and not down:  # a tap of Alt alone opens Qt's menus: that is what this person asks for then
            self._tap(next(code for code in range(8, 256) if not self._display.keycode_to_keysym(code, 0)))
        xtest.fake_input(self._display, X.KeyPress if down else X.KeyRelease, code)
        self._display.sync()

    def _tap(self, code: int) -> None:
        for event in (X.KeyPress, X.KeyRelease):
            xtest.fake_input(self._display, event, code)

    def fidget(self, seed: int) -> None:
        """Press and let go of modifiers at random, until `rest`."""
        chance = random.Random(seed)

        def press() -> None:
            while not self._stop.is_set():
                name = chance.choice(MODIFIERS)
                self.key(name, True)
                self._stop.wait(chance.uniform(0.001, 0.12))
                self.key(name, False)
                self._stop.wait(chance.uniform(0.001, 0.03))

        self._thread = threading.Thread(target=press)
        self._thread.start()

    def rest(self) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
        self._display.close()


@pytest.mark.parametrize("application", ALL, ids=lambda kind: kind.name)
def test_modifiers_pressed_meanwhile(screen: Screen, tmp_path: Path, application: type[Application]) -> None:
    """No shortcut fires, no letter is changed, and no key stays down."""
    window = application(screen, tmp_path)
    for seed, method in enumerate(("keys", "paste")):
        typist = changed(method=method, release_wait_s=0.05)
        typist.press("shift")
        fingers = Fingers(screen)
        fingers.fidget(seed)
        try:
            for _ in range(3):
                typist.type(PLAIN)
        finally:
            fingers.rest()
        assert keys_down(screen) == 0
        assert window.wait_text(PLAIN * 3) == PLAIN * 3
        window.clear()
        typist.close()
    window.close()


@pytest.mark.parametrize("application", ALL, ids=lambda kind: kind.name)
def test_every_text_in_every_application(
    screen: Screen, tmp_path: Path, typist: DesktopTypist, application: type[Application]
) -> None:
    window = application(screen, tmp_path)
    text = "\n".join(TEXTS[kind] for kind in TEXTS if kind != LONG)
    wanted = ""
    for layout in ("us", "de", "fr"):
        subprocess.run(["setxkbmap", layout], check=True)
        for piece in (TEXTS["ASCII"], "\n", text, "\n"):
            typist.type(piece)
            wanted += piece
    typist.type(TEXTS[LONG])
    wanted += TEXTS[LONG]
    assert window.wait_text(wanted) == wanted
    window.close()


@pytest.mark.parametrize("name", [*MODIFIERS, "ISO_Level3_Shift"])
def test_a_modifier_is_as_it_is_held(screen: Screen, name: str) -> None:
    subprocess.run(["setxkbmap", "de"], check=True)
    typist = changed(release_wait_s=0.1)
    typist.press("shift")
    expected = ""
    for let_go, text in itertools.product((False, True), ("Hello there.", "Schöne Grüße 你")):
        expected += text
        fingers = Fingers(screen)
        fingers.key(name, True)
        later = threading.Timer(0.12, lambda fingers=fingers: fingers.key(name, False))
        if let_go:
            later.start()
        typist.type(text)
        if let_go:
            later.join()
        assert keys_down(screen) == (0 if let_go else 1)
        fingers.key(name, False)
        assert keys_down(screen) == 0
        fingers.rest()
    assert screen.wait_text(expected) == expected
    screen.xdotool("type", "aA")  # and the keyboard is as it was
    assert screen.wait_text(expected + "aA") == expected + "aA"
    typist.close()


def test_a_held_push_to_talk_key_stays_held(screen: Screen) -> None:
    """While the person speaks on, what was said before is typed: what they hold does not end, and is no chord."""
    posted: list[tuple[str, bool]] = []
    listener = KeyListener(["ctrl_r"], lambda name, down, at: posted.append((name, down)))
    listener.start()
    typist = changed(release_wait_s=0.02, key_delay_ms=0)
    typist.press("shift")
    time.sleep(0.2)
    posted.clear()
    fingers = Fingers(screen)
    fingers.key("Control_R", True)
    for number in range(8):
        listener.pause()
        typist.type(f"{PLAIN}{number}")
        listener.resume()
    fingers.key("Control_R", False)
    wait_until(lambda: ("ctrl_r", False) in posted, "the key is let go")
    listener.stop()
    assert posted == [("ctrl_r", True), ("ctrl_r", False)]
    text = "".join(f"{PLAIN}{number}" for number in range(8))
    assert screen.wait_text(text) == text
    fingers.rest()
    typist.close()


def test_the_layout_changes_in_the_middle(screen: Screen) -> None:
    typist = changed(key_delay_ms=3)
    typist.press("shift")
    text = (PLAIN * 3)[:200]
    layouts = threading.Thread(
        target=lambda: [subprocess.run(["setxkbmap", name], check=True) for name in ("de", "fr", "us", "de", "us")]
    )
    layouts.start()
    typist.type(text)
    layouts.join()
    assert screen.wait_text(text) == text
    typist.close()


def test_an_input_method_never_gets_the_letters(screen: Screen, typist: DesktopTypist) -> None:
    """It would make other letters of them."""
    server = Display(screen.env["DISPLAY"])
    root, name = server.screen().root, server.intern_atom("@server=test")
    window = root.create_window(0, 0, 1, 1, 0, 0)
    window.set_selection_owner(name, X.CurrentTime)
    root.change_property(server.intern_atom("XIM_SERVERS"), Xatom.ATOM, 32, [name])
    server.sync()
    assert typist.type("Hello. ").method == "paste"
    server.close()  # it ends, and leaves its name there
    wait_until(lambda: typist.type("x").method == "keys", "it is gone")
    assert screen.wait_text("Hello. x").rstrip("x") == "Hello. "


def test_a_clipboard_manager_is_not_the_window(screen: Screen, typist: DesktopTypist) -> None:
    """It reads whatever is copied; a window that takes nothing is told of all the same."""
    deaf = screen._spawn("xterm", "-T", "deaf", "-xrm", "*VT100.Translations: #override Shift <Key>Insert: ignore()")
    wait_until(lambda: screen.find("deaf"), "the window opens")
    screen.xdotool("windowactivate", "--sync", screen.find("deaf"))
    manager, stop = XClipboard(), threading.Event()

    def watch() -> None:
        while not stop.wait(0.005):
            manager.read("CLIPBOARD")

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        assert refused(typist, "你好").code == "not_delivered"
    finally:
        stop.set()
        thread.join()
        manager.close()
        deaf.kill()
    assert screen.clipboard() == "你好"


# What is known of a text that was typed


@pytest.fixture
def bus(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A D-Bus session, with which programs start their accessibility bus."""
    need("/usr/libexec/at-spi-bus-launcher")
    with session_bus() as address:
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address)
        yield


@pytest.mark.usefixtures("bus")
def test_the_window_says_what_stands_in_it(screen: Screen, tmp_path: Path) -> None:
    editor = MousepadOnBus(screen, tmp_path)
    typist = changed()
    texts = ["Hello there. ", "Größe 你好 \U0001f468‍\U0001f469‍\U0001f467 \U0001f1e9\U0001f1ea\n", "x" * 300]
    assert [typist.type(text).verified for text in texts] == ["accessibility"] * 3
    assert [piece.verified for piece in typist.ledger] == ["accessibility"] * 3
    assert typist.before().endswith("x" * 300)
    screen.xdotool("key", "ctrl+Home", "type", "by hand")
    assert typist.before() == "by hand"  # not what we typed last, but what stands there
    assert editor.wait_text("by hand" + "".join(texts)) == "by hand" + "".join(texts)
    editor.close()
    typist.close()


@pytest.mark.usefixtures("bus")
def test_a_window_that_hangs_says_nothing(screen: Screen, tmp_path: Path) -> None:
    editor = MousepadOnBus(screen, tmp_path)
    typist = changed()
    typist.before()
    with editor.asleep():
        begun = time.monotonic()
        assert typist.type("Hello there.").verified == ""
        assert time.monotonic() - begun < 5
    assert editor.wait_text("Hello there.") == "Hello there."
    editor.close()
    typist.close()


@pytest.mark.parametrize("application", [TkField, FeatherPad, Chromium], ids=lambda each: each.name)
def test_what_is_selected_is_deleted_and_nothing_else(
    screen: Screen, tmp_path: Path, application: type[Application]
) -> None:
    """Qt and browsers go on telling what was selected after the person has pressed an arrow key."""
    window, typist = application(screen, tmp_path), changed()
    for text in ("Größe \U0001f600 ", "x"):
        typist.type(text)
    for text in ("x", "Größe \U0001f600 "):
        assert typist.select(text)
        assert typist.scratch() == text
    assert window.wait_text("") == ""
    typist.type("One two three. ")
    screen.xdotool("type", "by hand")
    screen.xdotool("key", *["Left"] * len("by hand"))
    assert typist.select("three. ")
    screen.xdotool("key", "Left")
    assert typist.scratch() is None
    assert not typist.select("three. ")  # the cursor stands elsewhere
    typist.type("X")
    wait_until(lambda: "X" in window.text(), "it is typed")
    assert window.text().replace("X", "") == "One two three. by hand"  # nothing was selected that it took the place of
    typist.close()
    window.close()


def test_nobody_knows_says_so(screen: Screen, typist: DesktopTypist) -> None:
    assert typist.type("Hello.").verified == ""  # Tk does not speak to the accessibility bus
    assert typist.type(" Größe 你好").verified == "receipt"
    assert [(piece.method, piece.verified) for piece in typist.ledger] == [("keys", ""), ("paste", "receipt")]
