"""Watches keys and mouse buttons everywhere on the desktop, through pynput."""

from __future__ import annotations

import difflib
import os
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..errors import DeviceError, SettingsError

OTHER = "other"  # the name under which every key goes that is not watched: which one is nobody's business
Post = Callable[[str, bool, float], None]

_MOUSE = "mouse:"
_EXTRA_F_KEYS = tuple(f"f{number}" for number in range(13, 25))
# Layouts map the codes of the keys F13-F24 to XF86Tools, XF86AudioMicMute and the like, or to nothing at
# all, so these keys go by the codes that Linux gives them (evdev's plus 8).
_X11_F13_CODE = 191
_X11_SYMBOLS = {
    "alt": ("Alt_L", "Alt_R"), "alt_l": ("Alt_L",), "alt_r": ("Alt_R", "ISO_Level3_Shift"),
    "alt_gr": ("ISO_Level3_Shift", "Mode_switch"), "backspace": ("BackSpace",), "caps_lock": ("Caps_Lock",),
    "cmd": ("Super_L", "Super_R"), "cmd_l": ("Super_L",), "cmd_r": ("Super_R",),
    "ctrl": ("Control_L", "Control_R"), "ctrl_l": ("Control_L",), "ctrl_r": ("Control_R",),
    "shift": ("Shift_L", "Shift_R"), "shift_l": ("Shift_L",), "shift_r": ("Shift_R",),
}  # fmt: skip
_VK_F13_WINDOWS = 0x7C
_STOP_WAIT_S = 2.0
_CATCH_UP_S = 0.3  # who types by hand meanwhile does not keep it waiting
_QUIET_S = 0.04  # without an event: then those of our own keys have all come
# Keys that the program's own typing may press; the others are real even while it types.
_TYPED = (
    "ctrl", "shift", "alt", "cmd", "enter", "tab", "backspace", "delete", "insert", "esc", "space",
    "up", "down", "left", "right", "home", "end", "page_",
)  # fmt: skip
# Modifiers that it never presses by itself: it lets go of them where they are held, and presses them again.
_NEVER_PRESSED = ("ctrl_r", "shift_r", "cmd_r")


class KeyListener:
    """Posts (name, down, at) for each watched key, and ("other", down, at) for any other key or button.

    Names are pynput's (ctrl_r, pause, f9), f13 to f24, a character, or "mouse:" and pynput's name of a button
    (mouse:middle, mouse:button8); `at` is in monotonic seconds. `post` is called from the listener's threads and must
    not block. A key that is held may be posted up and down again and again (X11's auto-repeat): KeySwitch takes that
    out.
    """

    def __init__(self, watched: Sequence[str], post: Post) -> None:
        """Raises DeviceError "no_display", SettingsError for a name that is no key."""
        self._keyboard, self._mouse = _pynput()
        self._names = {name.lower(): name for name in watched}
        self._check()
        self._post = post
        self._lock = threading.Lock()
        self._paused = False
        self._last_event = 0.0  # monotonic seconds; 0: none since it was paused
        self._held: dict[str, float] = {}  # watched keys that are down, and since when
        self._let_go: dict[str, float] = {}  # when they were let go last
        self._told: set[str] = set()  # those whose press was posted last, and not their release
        self._listeners: list[Any] = []

    def start(self) -> None:
        """Returns once events arrive. Raises DeviceError."""
        keys = [name for name in self._names if not name.startswith(_MOUSE)]
        make = self._x11_listener if _x11() else self._plain_listener
        self._listeners = [make(keys), self._mouse_listener()]
        for listener in self._listeners:
            listener.start()
        for listener in self._listeners:
            listener.wait()

    def stop(self) -> None:
        """No event is posted after it has returned."""
        listeners, self._listeners = self._listeners, []
        for listener in listeners:
            if _x11():
                _stop_x11(listener)
            else:
                listener.stop()
        for listener in listeners:
            listener.join(_STOP_WAIT_S)

    def pause(self) -> None:
        """While the program types: its own keys are not the person's."""
        with self._lock:
            self._paused, self._last_event = True, 0.0

    def resume(self) -> None:
        """Posts what changed in the meantime for good, as a push-to-talk key that was let go."""
        self._catch_up()
        with self._lock:
            self._paused = False
            changed = [
                (name, name in self._held) for name in self._names if (name in self._held) != (name in self._told)
            ]
            for name, down in changed:
                self._tell(name, down, (self._held if down else self._let_go)[name])

    def _catch_up(self) -> None:
        """What the program pressed last may be on its way to us still."""
        deadline = time.monotonic() + _CATCH_UP_S
        while self._last_event and time.monotonic() < min(self._last_event + _QUIET_S, deadline):
            time.sleep(_QUIET_S / 4)

    def _event(self, name: str | None, down: bool) -> None:
        """name: of a watched key, or None."""
        now = time.monotonic()
        with self._lock:
            self._last_event = now
            if name is None:
                if not self._paused:
                    self._post(OTHER, down, now)
                return
            if down:
                self._held.setdefault(name, now)
            else:
                self._held.pop(name, None)
                self._let_go[name] = now
            if (name in self._told) != down and not (self._paused and _may_be_typed(name, down)):
                self._tell(name, down, now)

    def _tell(self, name: str, down: bool, at: float) -> None:
        (self._told.add if down else self._told.discard)(name)
        self._post(self._names[name], down, at)

    # Names --------------------------------------------------------------------------------------------------

    def _check(self) -> None:
        buttons = {f"{_MOUSE}{button.name}" for button in self._mouse.Button if button.name != "unknown"}
        known = {*self._keyboard.Key.__members__, *_EXTRA_F_KEYS, *buttons}
        for name in self._names:
            if name in known or len(name) == 1:
                continue
            near = difflib.get_close_matches(name, sorted(known), n=1, cutoff=0.5)
            hint = f"did you mean {near[0]}?" if near else "a key's name as pynput has it, a character, mouse:button8"
            raise SettingsError(f"there is no key called {self._names[name]!r}", "unknown_key", hint)

    # Listeners ----------------------------------------------------------------------------------------------

    def _x11_listener(self, keys: Sequence[str]) -> Any:
        """Goes by key codes and keysyms: pynput's names change with shift, with num lock and with the layout."""
        from Xlib import X

        keysyms = {keysym: name for name in keys for keysym in self._keysyms(name)}
        codes = self._codes(keysyms, keys)

        def handle(listener: Any, display: Any, event: Any, injected: bool) -> None:
            code = event.detail
            name = codes.get(code)
            if name is None and code not in codes and event.type == X.KeyPress:
                # A layout that changed, or a key that a macro program put there.
                name = keysyms.get(display.get_keyboard_mapping(code, 1)[0][0])
                if name is not None:
                    codes[code] = name
            self._event(name, event.type == X.KeyPress)

        return type("Listener", (self._keyboard.Listener,), {"_handle_message": handle})()

    def _codes(self, keysyms: Mapping[int, str], keys: Sequence[str]) -> dict[int, str]:
        server = _x11_display()
        try:
            codes = {code: name for keysym, name in keysyms.items() for code, _ in server.keysym_to_keycodes(keysym)}
        finally:
            server.close()
        for name in keys:
            if name in _EXTRA_F_KEYS:
                codes[_X11_F13_CODE + _EXTRA_F_KEYS.index(name)] = name
        return codes

    def _keysyms(self, name: str) -> list[int]:
        from pynput._util.xorg import symbol_to_keysym

        if name in _X11_SYMBOLS:
            return [keysym for symbol in _X11_SYMBOLS[name] if (keysym := symbol_to_keysym(symbol))]
        if name in _EXTRA_F_KEYS:
            return [symbol_to_keysym(name.upper())]
        if len(name) == 1:
            return [ord(name) if ord(name) < 0x100 else ord(name) | 0x01000000]
        return [keysym for keysym in [self._keyboard.Key[name].value.vk] if keysym]

    def _plain_listener(self, keys: Sequence[str]) -> Any:
        """Windows and macOS."""
        names = {self._plain_key(name): name for name in keys}

        def on(key: Any, down: bool) -> None:
            self._event(names.get(getattr(key, "char", None) or key), down)

        return self._keyboard.Listener(on_press=lambda key: on(key, True), on_release=lambda key: on(key, False))

    def _plain_key(self, name: str) -> Any:
        if name in self._keyboard.Key.__members__:
            return self._keyboard.Key[name]
        if len(name) == 1:
            return name
        return self._keyboard.KeyCode.from_vk(_VK_F13_WINDOWS + _EXTRA_F_KEYS.index(name))

    def _mouse_listener(self) -> Any:
        """Buttons of the mouse make chords, too: Ctrl with a click."""

        def on_click(x: int, y: int, button: Any, down: bool) -> None:
            name = f"{_MOUSE}{button.name}"
            self._event(name if name in self._names else None, down)

        def on_scroll(x: int, y: int, dx: int, dy: int) -> None:
            self._event(None, True)

        return _without_motion(self._mouse.Listener)(on_click=on_click, on_scroll=on_scroll)


def _without_motion(listener: Any) -> Any:
    """On X11, pynput also asks for every motion of the pointer: hundreds of events a second, decoded in Python."""
    if not _x11():
        return listener
    from Xlib import X

    return type("Listener", (listener,), {"_EVENTS": (X.ButtonPress, X.ButtonRelease)})


def _x11() -> bool:
    return sys.platform.startswith("linux")


def _x11_display() -> Any:
    from Xlib import display, error

    try:
        return display.Display()
    except (error.DisplayError, OSError) as refused:
        raise _no_display() from refused


def _stop_x11(listener: Any) -> None:
    """pynput's own request to stop stays unsent until the next key; another connection's ends the waiting at once."""
    try:
        server = _x11_display()
    except DeviceError:  # the display has gone, and the listener with it
        return
    # The listener asks for the same once more when it ends, which may come too late and is no error to show.
    for connection in (server, listener._display_stop, listener._display_record):
        connection.set_error_handler(lambda error, request: None)
    listener.stop()
    server.record_disable_context(listener._context)
    server.sync()
    server.close()


def _may_be_typed(name: str, down: bool) -> bool:
    """By the program, not by the person."""
    if down and name in _NEVER_PRESSED:  # nor pressed again, as it was not held before
        return False
    return len(name) == 1 or name.startswith(_TYPED)


def _pynput() -> tuple[Any, Any]:
    if sys.platform.startswith("linux") and not os.environ.get("DISPLAY"):
        raise _no_display()
    try:
        from pynput import keyboard, mouse
    except ImportError as error:
        raise _no_display() from error
    return keyboard, mouse


def _no_display() -> DeviceError:
    hint = "run it inside a desktop session; `aihear trigger toggle` can be bound to a key of the window manager"
    return DeviceError("there is no display to watch keys on", "no_display", hint)
