"""The screen and the keyboard of an X server: which window is focused, and keys pressed through XTest.

Keys are pressed by keycode, as the hardware does it: xterm drops characters that come by XSendEvent, which
is how pynput sends them. What the current layout has no key for is not forced upon it; it is pasted instead.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import DeviceError
from .keys import KEYS, MODIFIERS, Chord
from .ledger import Target

_ISO_LEVEL3_SHIFT = 0xFE03  # AltGr
_EURO = 0x20AC
_MAIN_BLOCK = 97  # keycodes above belong to keypads and media keys, which may carry a second "(" or "="
_LEVELS_OF_GROUP = {0: (0, 1, 4, 5), 1: (2, 3, 6, 7)}  # columns of the core map, in XKB's order
_RELEASE_POLL_S = 0.01
_SYNC_EVERY = 16  # characters between two looks at the focus
_LOCK_ROW = 1  # in the modifier map: Caps Lock
_PAGER = 2  # EWMH: the request comes from the person, not from a program of its own will
_MODIFIER_ROWS = (0, 2, 3, 5, 6, 7)  # Shift, Control, Mod1, Mod3-5; not Lock, nor Mod2, which is Num Lock


@dataclass(frozen=True, slots=True)
class Stroke:
    """How a character is typed on the current layout."""

    keycode: int
    shift: bool = False
    level3: bool = False


def connect() -> Any:
    """A connection to the X server. Raises DeviceError at once where there is none."""
    from Xlib import display, error

    try:
        return display.Display()
    except (error.DisplayError, error.XError, OSError) as fault:
        raise no_display() from fault


def no_display() -> DeviceError:
    """The reason in this session."""
    if os.environ.get("WAYLAND_DISPLAY") or os.environ.get("XDG_SESSION_TYPE") == "wayland":
        return DeviceError(
            "typing needs X11, and this Wayland session has no XWayland", "no_display", "log in to an X11 session"
        )
    display = os.environ.get("DISPLAY")
    where = f"the display {display} does not answer" if display else "there is no display"
    return DeviceError(f"cannot type: {where}", "no_display", "start this in a graphical session, or set DISPLAY")


class XDesktop:
    """One connection, used by one thread."""

    def __init__(self, key_delay_s: float) -> None:
        self.display = connect()
        # A window may vanish at any moment. What waits for a reply raises by itself.
        self.display.set_error_handler(lambda *_: None)
        if not self.display.query_extension("XTEST"):
            raise DeviceError("the X server has no XTEST extension", "no_xtest", "start it with that extension")
        self._root = self.display.screen().root
        self._key_delay_s = key_delay_s
        self.struck: list[int] = []  # keycodes that we pressed, modifiers left out, until somebody takes them

    # Windows

    def focused(self) -> Target:
        """The window that keys go to. Raises DeviceError where there is none."""
        from Xlib import error

        try:
            window = self._active_window()
            return Target(window.id, _title(self.display, window), _class(window))
        except error.XError as fault:  # it closed while we looked
            raise _no_focus() from fault

    def _active_window(self) -> Any:
        atom = self.display.intern_atom("_NET_ACTIVE_WINDOW")
        active = self._root.get_full_property(atom, 0)
        if active is not None:  # a window manager says so
            if not active.value or not active.value[0]:
                raise _no_focus()
            return self.display.create_resource_object("window", active.value[0])
        focus = self.display.get_input_focus().focus
        if focus == 0:
            raise _no_focus()
        if focus == 1:  # PointerRoot, as in a session without a window manager
            return self._root.query_pointer().child or self._root
        return _with_class(focus)

    def windows(self) -> list[Target]:
        """Those that a person sees in the task bar, the one on top last."""
        from Xlib import error

        names = ("_NET_CLIENT_LIST_STACKING", "_NET_CLIENT_LIST")
        lists = (self._root.get_full_property(self.display.intern_atom(name), 0) for name in names)
        listed = next((value.value for value in lists if value is not None), ())
        found = []
        for number in listed:
            window = self.display.create_resource_object("window", number)
            with contextlib.suppress(error.XError):
                found.append(Target(int(number), _title(self.display, window), _class(window)))
        return found

    def ask_manager(self, window: int, action: str) -> None:
        """Ask the window manager (EWMH); a program may answer "close" with a question of its own.

        action: close, minimize, maximize, restore, activate
        """
        from Xlib import X, Xutil

        states = [self.display.intern_atom(f"_NET_WM_STATE_MAXIMIZED_{way}") for way in ("VERT", "HORZ")]
        kind, data = {
            "close": ("_NET_CLOSE_WINDOW", [X.CurrentTime, _PAGER]),
            "activate": ("_NET_ACTIVE_WINDOW", [_PAGER, X.CurrentTime]),
            "minimize": ("WM_CHANGE_STATE", [Xutil.IconicState]),
            "maximize": ("_NET_WM_STATE", [1, *states, _PAGER]),
            "restore": ("_NET_WM_STATE", [0, *states, _PAGER]),
        }[action]
        self._tell(window, kind, data)

    def _tell(self, window: int, kind: str, data: Sequence[int]) -> None:
        from Xlib import X
        from Xlib.protocol import event

        message = event.ClientMessage(
            window=self.display.create_resource_object("window", window),
            client_type=self.display.intern_atom(kind),
            data=(32, [*data, *[0] * (5 - len(data))]),
        )
        self._root.send_event(message, event_mask=X.SubstructureRedirectMask | X.SubstructureNotifyMask)
        self.display.sync()

    # Keys

    def strokes(self) -> dict[str, Stroke]:
        """How each character of the current layout is typed. Empty while Caps Lock turns letters round."""
        state = self._root.query_pointer().mask
        columns = _LEVELS_OF_GROUP.get((state >> 13) & 3)
        if columns is None or state & (1 << _LOCK_ROW):
            return {}
        rows = self._rows()
        has_level3 = _keycode(rows, _ISO_LEVEL3_SHIFT) is not None
        found: dict[str, tuple[tuple[bool, int, int], Stroke]] = {}
        for keycode, row in rows.items():
            for level, column in enumerate(columns if has_level3 else columns[:2]):
                char = _character(row[column]) if column < len(row) else ""
                order = (keycode > _MAIN_BLOCK, level, keycode)
                if char and (char not in found or order < found[char][0]):
                    found[char] = (order, Stroke(keycode, level % 2 == 1, level > 1))
        for char, name in (("\n", "enter"), ("\t", "tab")):
            keycode_of = _keycode(rows, KEYS[name].keysym)
            if keycode_of is not None:
                found[char] = ((False, 0, 0), Stroke(keycode_of))
        return {char: stroke for char, (_, stroke) in found.items()}

    def _rows(self) -> dict[int, Sequence[int]]:
        info = self.display.display.info
        first = info.min_keycode
        rows = self.display.get_keyboard_mapping(first, info.max_keycode - first + 1)
        return {first + index: tuple(row) for index, row in enumerate(rows)}

    def keysym(self, keycode: int) -> int:
        """Without modifiers."""
        return int(self.display.keycode_to_keysym(keycode, 0))

    def free_modifiers(self, patience_s: float) -> None:
        """Wait until the person holds no modifier key, then release what is still held. Raises DeviceError."""
        deadline = time.monotonic() + patience_s
        while self.held_modifiers() and time.monotonic() < deadline:
            time.sleep(_RELEASE_POLL_S)
        self.release_modifiers()
        if self.held_modifiers():
            raise DeviceError("modifier keys are held down", "keys_held", "let go of Shift, Ctrl, Alt and try again")

    def held_modifiers(self) -> list[int]:
        """Keycodes."""
        down = self.display.query_keymap()
        rows = self.display.get_modifier_mapping()
        codes = {code for row in _MODIFIER_ROWS for code in rows[row] if code}
        return [code for code in sorted(codes) if down[code // 8] >> (code % 8) & 1]

    def release_modifiers(self) -> None:
        for code in self.held_modifiers():
            self._fake(code, down=False)
        self.display.sync()

    def write(self, text: str, strokes: dict[str, Stroke], target: Target) -> str:
        """Returns what was typed: shorter than `text` where another window took the focus meanwhile."""
        rows = self._rows()
        shift = self._code(rows, MODIFIERS["shift"].keysym)
        level3 = _keycode(rows, _ISO_LEVEL3_SHIFT)
        for index, char in enumerate(text):
            if index and index % _SYNC_EVERY == 0 and self._left(target):
                return text[:index]
            stroke = strokes[char]
            modifiers = [shift] * stroke.shift
            if stroke.level3 and level3 is not None:
                modifiers.append(level3)
            self._strike(stroke.keycode, modifiers)
        self.display.sync()
        return text

    def _left(self, target: Target) -> bool:
        from Xlib import error

        try:
            return int(self._active_window().id) != target.window
        except (DeviceError, error.XError):
            return True

    def chord(self, chord: Chord, times: int = 1) -> None:
        """Raises DeviceError where this keyboard has no such key."""
        rows = self._rows()
        modifiers = [self._code(rows, MODIFIERS[name].keysym) for name in chord.modifiers]
        keycode, shifted = self._key(rows, chord.key)
        if shifted:
            modifiers.append(self._code(rows, MODIFIERS["shift"].keysym))
        for _ in range(times):
            self._strike(keycode, modifiers)
        self.display.sync()

    def _key(self, rows: dict[int, Sequence[int]], key: str) -> tuple[int, bool]:
        """The keycode, and whether Shift belongs to it."""
        if key in KEYS:
            return self._code(rows, KEYS[key].keysym, key), False
        stroke = self.strokes().get(key)
        if stroke is not None and not stroke.level3:
            return stroke.keycode, stroke.shift
        return self._code(rows, ord(key), key), False  # a letter of another group, as "s" beside a Russian layout

    def _code(self, rows: dict[int, Sequence[int]], keysym: int, name: str = "shift") -> int:
        code = _keycode(rows, keysym)
        if code is None:
            raise DeviceError(f'this keyboard has no key "{name}"', "no_such_key", "choose another key")
        return code

    def _strike(self, keycode: int, modifiers: Sequence[int]) -> None:
        """Whatever happens, nothing stays pressed."""
        pressed: list[int] = []
        try:
            self.struck.append(keycode)
            for code in (*modifiers, keycode):
                self._fake(code, down=True)
                pressed.append(code)
        finally:
            for code in reversed(pressed):
                self._fake(code, down=False)
            self.display.flush()
        time.sleep(self._key_delay_s)

    def scroll(self, steps: int) -> None:
        """Turns of the mouse wheel where the pointer is; positive is up."""
        from Xlib import X
        from Xlib.ext import xtest

        for _ in range(abs(steps)):
            for event in (X.ButtonPress, X.ButtonRelease):
                xtest.fake_input(self.display, event, 4 if steps > 0 else 5)
        self.display.sync()

    def _fake(self, keycode: int, down: bool) -> None:
        from Xlib import X
        from Xlib.ext import xtest

        xtest.fake_input(self.display, X.KeyPress if down else X.KeyRelease, keycode)


def _no_focus() -> DeviceError:
    return DeviceError("no window is focused", "no_focus", "click into the text field first")


def _keycode(rows: dict[int, Sequence[int]], keysym: int) -> int | None:
    """The key that gives this keysym without Shift or AltGr, in any layout that is loaded."""
    return next((code for code, row in rows.items() if keysym in (row[0], row[2] if len(row) > 2 else 0)), None)


def _character(keysym: int) -> str:
    """Latin-1 keysyms are their own code points; others of Unicode carry a high byte. Older ones are pasted."""
    if 0x20 <= keysym <= 0x7E or 0xA0 <= keysym <= 0xFF:
        return chr(keysym)
    if keysym & 0xFF000000 == 0x01000000:
        return chr(keysym & 0xFFFFFF)
    return "€" if keysym == _EURO else ""


def _title(display: Any, window: Any) -> str:
    utf8 = window.get_full_property(display.intern_atom("_NET_WM_NAME"), 0)
    if utf8 is not None:
        return _decoded(utf8.value)
    return _decoded(window.get_wm_name() or "")


def _decoded(value: bytes | str) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value


def _class(window: Any) -> str:
    names = window.get_wm_class()
    return str(names[1]) if names else ""


def _with_class(window: Any) -> Any:
    """The focus may be on a child; the window that has a name is further up."""
    top = _climb(window, lambda w: w.get_wm_class() is not None)
    return window if top is None else top


def _climb(window: Any, wanted: Callable[[Any], bool]) -> Any | None:
    while window != 0 and window is not None:
        if wanted(window):
            return window
        window = window.query_tree().parent
    return None
