"""Typing on Wayland: through what this compositor really offers, whichever brings the exact text to that window.

Keys go through the compositor's virtual keyboard, else through the desktop portal, else through the kernel's uinput;
the clipboard through data control, else through wl-clipboard. Most compositors tell which window is focused; where
one does not, nothing is taken back, for nobody knows what it would hit.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ...errors import DeviceError
from ..astray import elsewhere
from ..keys import Chord, parse
from ..ledger import Delivery, Presses, Target
from ..paste_chords import SHIFT_INSERT, paste_chord
from ..window_typist import AFTER_RECEIPT_S, RECEIPT_S, Read, WindowTypist, named, not_delivered
from . import sway
from .clipboard import CLIPBOARD, PRIMARY, Clipboard
from .data_control import DataControl
from .desktop import WaylandDesktop
from .kernel_keyboard import KernelKeyboard
from .keyboard import Keyboard, VirtualKeyboard
from .portal_keyboard import PortalKeyboard
from .rest import Rest
from .wire import Connection
from .wl_clipboard import WlClipboard


@dataclass(frozen=True, slots=True)
class Means:
    """What carries typing in this session. keys, clipboard: "" where there is nothing; missing: why, and what to do."""

    keys: str
    clipboard: str
    tells_windows: bool
    missing: DeviceError | None = None


class WaylandTypist(WindowTypist):
    """In one Wayland session; connects again where its compositor was restarted."""

    def __init__(self, method: str, key_delay_s: float, paste_restore_s: float) -> None:
        super().__init__(method, paste_restore_s)
        self._key_delay_s = key_delay_s
        self._touched = True  # by the person, since we typed last
        self._open()

    def _open(self) -> None:
        self._connection = Connection()
        self._desktop = WaylandDesktop(self._connection)
        self._rest = Rest(self._connection, self._desktop.seat)
        self._keyboard: Keyboard | None = None
        self._clipboard: Clipboard | None = None
        self._missing: DeviceError | None = None
        try:
            self._keyboard = open_keyboard(self._connection, self._key_delay_s)
        except DeviceError as error:
            self._missing = error
        with contextlib.suppress(DeviceError):
            self._clipboard = open_clipboard(self._connection)

    def means(self) -> Means:
        self._awake()
        keys, clipboard = self._keyboard, self._clipboard
        return Means(keys.name if keys else "", clipboard.name if clipboard else "", self._desktop.tells, self._missing)

    def type(self, text: str, window: int) -> Delivery:
        """Into this window and no other; 0 is the focused one. What could not be typed is put on the clipboard."""
        with self._at_the_keys():
            delivery = self._type(text, window)
        self._touched = self._touched and not delivery.typed
        return delivery

    @contextlib.contextmanager
    def _at_the_keys(self) -> Iterator[None]:
        """Whether the person touched anything is told of the time before them and after them."""
        self._touched = self._touched or not self._rest.undisturbed()
        try:
            yield
        finally:
            with contextlib.suppress(DeviceError):
                self._rest.begin()

    def _type(self, text: str, window: int) -> Delivery:
        target = self._where()
        failure = self._in_the_way(target, window)
        if failure is not None or self._keyboard is None:
            return Delivery("", "keys", target, failure=self._kept(text, failure or self._no_keys()))
        field = self._field(target)
        if self._keyboard.can_write(text) and self._prefers_keys(text):
            typed = self._keyboard.write(text, lambda: self._left(target))
            failure = None if typed == text else self._kept(text[len(typed) :], elsewhere(self._where()), len(typed))
            return Delivery(typed, "keys", target, self._verified(typed, field, ""), failure)
        try:
            failure = self._paste(text, target, self._keyboard)
        except DeviceError as error:  # no such key, no clipboard, not allowed
            failure = error
        if failure is not None:
            return Delivery("", "paste", target, failure=self._kept(text, failure))
        return Delivery(text, "paste", target, self._verified(text, field, "receipt"))

    def _process(self, target: Target) -> int:
        """No compositor tells it."""
        return self._accessibility.process(target.title)

    def _in_the_way(self, target: Target, window: int) -> DeviceError | None:
        """Why nothing may be typed now. window: the one that is meant; 0 is any."""
        if not self._desktop.tells:
            return None
        return elsewhere(target) if self._is_another(target, window) or not target.window else None

    def _is_another(self, target: Target, window: int) -> bool:
        return bool(window) and target.window != window

    def _own_clipboard(self) -> Clipboard | None:
        return self._clipboard

    def _has_input_method(self) -> bool:
        return input_method()

    def _paste(self, text: str, target: Target, keyboard: Keyboard) -> DeviceError | None:
        """Why the window did not take it, if it did not."""
        if self._clipboard is None:
            hint = "apt-get install wl-clipboard"
            return DeviceError("this text can only be pasted, and there is no clipboard", "no_clipboard", hint)
        clipboard = self._clipboard
        # Shift+Insert pastes one selection or the other, but pastes in nearly every program.
        chord = paste_chord(target.app) if target.app else SHIFT_INSERT
        clipboard.lend(text, (CLIPBOARD, PRIMARY) if chord == SHIFT_INSERT else (CLIPBOARD,))
        clipboard.watch()
        if not keyboard.chord(parse(chord), 1, lambda: self._left(target)):
            clipboard.give_back(0.0)
            return elsewhere(self._where())
        if not clipboard.received(RECEIPT_S):
            clipboard.leave()
            return not_delivered(target)
        clipboard.give_back(self._paste_restore_s)
        time.sleep(AFTER_RECEIPT_S)
        return None

    def _chord(self, chord: Chord, times: int, target: Target | None) -> int:
        if self._keyboard is None:
            raise self._no_keys()
        return self._keyboard.chord(chord, times, lambda: target is not None and self._left(target))

    def look(self) -> tuple[Target, Presses]:
        """The focused window, and whether the person touched anything since we typed last: which key is not known."""
        target = self._focused()
        return target, Presses(edits=int(self._touched or not self._rest.undisturbed()))

    def window(self, action: str, name: str) -> Target | None:
        """name: words of a title or a class; "" is the focused window. None where there is no such window."""
        target = self._focused() if not name else named(self._desktop.windows(), name)
        if not self._desktop.tells:
            raise DeviceError("this compositor lets no program ask windows", "not_here", "use its own keys")
        if target is not None and action in ("left", "right"):
            self._place(target, action)
        elif target is not None:
            self._desktop.ask(target.window, action)
        return target

    def _place(self, target: Target, side: str) -> None:
        if not sway.is_there():
            raise DeviceError("this compositor lets no program place windows", "not_here", "use its own keys")
        self._desktop.ask(target.window, "activate")
        sway.command(f"move {side}")

    def workspace(self, where: str, carry: bool) -> bool:
        """Raises DeviceError where no program may change workspaces."""
        if not sway.is_there():
            raise DeviceError("this compositor lets no program change workspaces", "not_here", "use its own keys")
        name = {"next": "next_on_output", "previous": "prev_on_output"}.get(where) or f"number {int(where)}"
        return sway.command(f"move container to workspace {name}" if carry else f"workspace {name}")

    def scroll(self, steps: int) -> None:
        self._awake()
        if not self._desktop.scrolls and isinstance(self._keyboard, PortalKeyboard):
            self._keyboard.scroll(steps)
        else:
            self._desktop.scroll(steps)

    @contextlib.contextmanager
    def _selecting(self, target: Target) -> Iterator[Callable[[], Read] | None]:
        clipboard = self._clipboard
        if self._keyboard is None or not isinstance(clipboard, DataControl):
            yield None
            return
        clipboard.settle()
        yield lambda: _selection(clipboard)

    def _primary(self, target: Target) -> str | None:
        """No compositor tells whose it is."""
        return self._clipboard.read(PRIMARY) if isinstance(self._clipboard, DataControl) else None

    def peek(self, window: int, most: int) -> str | None:
        """Not known here: whether the cursor was moved is not either, and each look would be seen."""
        return None

    def release(self) -> None:
        """After another typist was killed in the middle of a key."""
        self._awake()
        if self._keyboard is not None:
            self._keyboard.release()

    def close(self) -> None:
        super().close()
        if self._clipboard is not None:
            self._clipboard.close()
        self._connection.close()

    def _awake(self) -> None:
        if not self._connection.alive:  # the compositor was restarted
            self._open()

    def _focused(self) -> Target:
        self._awake()
        return self._desktop.focused()

    def _left(self, target: Target) -> bool:
        return self._where().window != target.window

    def _no_keys(self) -> DeviceError:
        return self._missing or DeviceError("no program may press keys here", "no_keys")


def open_keyboard(connection: Connection, key_delay_s: float) -> Keyboard:
    """The best that there is. Raises DeviceError."""
    with contextlib.suppress(DeviceError):
        return VirtualKeyboard(connection, key_delay_s)
    with contextlib.suppress(DeviceError):
        return PortalKeyboard(key_delay_s)
    with contextlib.suppress(DeviceError):
        return KernelKeyboard(connection, key_delay_s)
    raise DeviceError(
        "this compositor lets no program press keys: it has no virtual keyboard, no portal for one, and no uinput",
        "no_keys", "start ydotoold, or log in to an X11 session",
    )  # fmt: skip


def open_clipboard(connection: Connection) -> Clipboard:
    """The best that there is. Raises DeviceError."""
    with contextlib.suppress(DeviceError):
        return DataControl(connection)
    return WlClipboard()


def input_method() -> bool:
    """Whether an input method such as ibus or fcitx stands between keys and programs."""
    names = [os.environ.get("XMODIFIERS", "").rpartition("@im=")[2]]
    names += [os.environ.get(name, "") for name in ("GTK_IM_MODULE", "QT_IM_MODULE")]
    return any(name.lower() not in ("", "none", "local", "simple", "wayland", "xim", "compose") for name in names)


def _selection(clipboard: DataControl) -> Read:
    """A window that takes no selection leaves an older one there, which may be of another window."""
    seen = clipboard.changes(PRIMARY)
    return lambda: clipboard.read(PRIMARY) if clipboard.changes(PRIMARY) != seen else None
