"""Keys under Wayland: the compositor's virtual keyboard, and what it shares with other ways to press keys.

wtype sends a keymap of its own with each text, which browsers misread and which costs the first character where
windows are slow to take it up. This keyboard stays, and has the layout of the person's own one; what that has no
key for is pasted. Protocol: virtual-keyboard-unstable-v1.
"""

from __future__ import annotations

import contextlib
import mmap
import os
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, Protocol

from ...errors import DeviceError
from ..keys import MODIFIERS, Chord, keysym
from .keymap import Keymap, Stroke
from .wire import Connection, now_ms

SYNC_EVERY = 16  # keys between two looks at the focus

_XKB_V1 = 1  # of wl_keyboard's keymap formats
_HAS_KEYBOARD = 2  # of wl_seat's capabilities
_SETTLE_S = 0.3  # a seat's first keyboard: windows have to take it up, and drop what comes before they have
_MANAGER = "zwp_virtual_keyboard_manager_v1"


class Keyboard(Protocol):
    """name: what carries the keys, for people"""

    name: str

    def can_write(self, text: str) -> bool: ...

    def write(self, text: str, left: Callable[[], bool]) -> str:
        """Returns what was typed: shorter than `text` where the focus `left`."""

    def chord(self, chord: Chord, times: int, left: Callable[[], bool]) -> int:
        """How often it was pressed before the focus `left`. Raises DeviceError where there is no such key."""

    def release(self) -> None:
        """Nothing is pressed any more."""


class SeatLayout:
    """The layout of the person's own keyboard, which may change at any time. has_keyboard: there is one"""

    def __init__(self, connection: Connection) -> None:
        self.has_keyboard = False
        self._connection = connection
        self._text: bytes | None = None  # as the compositor told it last
        self._looked_at: bytes | None = None
        with connection.news:  # events wait until the seat is known here
            self.seat = connection.bind("wl_seat", 1, self._seat_event)
        connection.roundtrip()
        connection.roundtrip()  # the keyboard was asked for in the first one, its keymap comes in the second

    def news(self) -> Keymap | None:
        """The keymap, where it is another than at the last look; None, too, where a typing program's came instead."""
        if self._text == self._looked_at or self._text is None:
            return None
        self._looked_at = self._text
        with contextlib.suppress(DeviceError):
            keymap = Keymap(self._text)
            return keymap if keymap.ordinary else None
        return None

    # In the connection's thread

    def _seat_event(self, event: str, *arguments: Any) -> None:
        if event == "capabilities":
            had_keyboard, self.has_keyboard = self.has_keyboard, bool(arguments[0] & _HAS_KEYBOARD)
            if self.seat is not None and self.has_keyboard and not had_keyboard:
                self.seat.ask("get_keyboard", self._connection.make("wl_keyboard", self._keyboard_event))

    def _keyboard_event(self, event: str, *arguments: Any) -> None:
        if event == "keymap":
            form, descriptor, size = arguments
            try:
                if form == _XKB_V1 and size:
                    with mmap.mmap(descriptor, size, mmap.MAP_PRIVATE, mmap.PROT_READ) as shared:
                        self._text = shared[:].rstrip(b"\0")
            finally:
                os.close(descriptor)


class LayoutKeyboard(ABC):
    """Presses keys by the codes that the person's layout has for them."""

    def __init__(self, connection: Connection, key_delay_s: float) -> None:
        self._connection = connection
        self._key_delay_s = key_delay_s
        self._layout = SeatLayout(connection)
        self.keymap = self._layout.news() or Keymap()

    @abstractmethod
    def _press(self, code: int, down: bool) -> None:
        """code: the kernel's."""

    @abstractmethod
    def _modifiers(self, mask: int, group: int) -> None:
        """Which modifiers and which layout are on, beside the keys that are pressed for them."""

    @abstractmethod
    def _changed(self) -> None:
        """The keymap is another one now."""

    def _follow_layout(self) -> None:
        keymap = self._layout.news()
        if keymap is not None and keymap.text != self.keymap.text:
            self.keymap = keymap
            self._changed()

    def write(self, text: str, left: Callable[[], bool]) -> str:
        """Returns what was typed: shorter than `text` where the focus `left`."""
        strokes = self.keymap.strokes
        for index, char in enumerate(text):
            if index % SYNC_EVERY == 0 and left():
                return text[:index]
            self._strike(strokes[char])
        self._connection.roundtrip()
        return text

    def chord(self, chord: Chord, times: int, left: Callable[[], bool]) -> int:
        """How often it was pressed before the focus `left`. Raises DeviceError where there is no such key."""
        self._follow_layout()
        stroke = self._stroke(chord)
        for index in range(times):
            if index % SYNC_EVERY == 0 and left():
                return index
            self._strike(stroke)
        self._connection.roundtrip()
        return times

    def _stroke(self, chord: Chord) -> Stroke:
        key = self._key(chord.key)
        mask, codes = key.mask, []
        for name in chord.modifiers:
            mask |= self.keymap.masks[name]
            codes.append(self._key(name).keycode)
        return Stroke(key.keycode, mask, (*codes, *key.keys), key.group)

    def _key(self, name: str) -> Stroke:
        # A letter of another layout of this keymap, as "s" beside a Russian one.
        found = self.keymap.strokes.get(name) or self.keymap.keys.get(keysym(name))
        if found is None:
            raise DeviceError(f'this keyboard has no key "{name}"', "no_such_key", "choose another key")
        return found

    def _strike(self, stroke: Stroke) -> None:
        """Whatever happens, nothing stays pressed."""
        pressed: list[int] = []
        mask = stroke.mask | self._own_mask(stroke)
        try:
            for code in stroke.keys:
                pressed.append(code)
                self._press(code, True)
            self._modifiers(mask, stroke.group)
            pressed.append(stroke.keycode)
            self._press(stroke.keycode, True)
        finally:
            for code in reversed(pressed):
                self._press(code, False)
            if mask or stroke.group:
                self._modifiers(0, 0)
        time.sleep(self._key_delay_s)

    def _own_mask(self, stroke: Stroke) -> int:
        """Of a modifier key that is pressed for itself."""
        pairs = ((MODIFIERS[name].keysym, self.keymap.masks[name]) for name in MODIFIERS)
        codes: dict[int, int] = {
            self.keymap.keys[keysym].keycode: mask for keysym, mask in pairs if keysym in self.keymap.keys
        }
        return codes.get(stroke.keycode, 0)


class VirtualKeyboard(LayoutKeyboard):
    """Its own modifiers only: those that the person holds belong to another keyboard, and do not mix with them."""

    name = "virtual keyboard"

    def __init__(self, connection: Connection, key_delay_s: float) -> None:
        """Raises DeviceError where the compositor has no such thing."""
        manager = connection.bind(_MANAGER, 1)
        if manager is None:
            raise DeviceError("this compositor has no virtual keyboard", "no_virtual_keyboard")
        super().__init__(connection, key_delay_s)
        had_keyboard = self._layout.has_keyboard
        self._keyboard = connection.make("zwp_virtual_keyboard_v1")
        manager.ask("create_virtual_keyboard", self._layout.seat, self._keyboard)
        self._changed()
        self.release()
        if not had_keyboard:
            time.sleep(_SETTLE_S)

    def can_write(self, text: str) -> bool:
        self._follow_layout()
        return all(char in self.keymap.strokes for char in text)

    def release(self) -> None:
        """Nothing is pressed any more."""
        self._modifiers(0, 0)
        self._connection.roundtrip()

    def _press(self, code: int, down: bool) -> None:
        self._keyboard.ask("key", now_ms(), code, int(down))

    def _modifiers(self, mask: int, group: int) -> None:
        self._keyboard.ask("modifiers", mask, 0, 0, group)

    def _changed(self) -> None:
        data = self.keymap.text + b"\0"
        descriptor = os.memfd_create("aihear-keymap", os.MFD_CLOEXEC)
        try:
            os.write(descriptor, data)
            self._keyboard.ask("keymap", _XKB_V1, descriptor, len(data))
            self._connection.roundtrip()
        finally:
            os.close(descriptor)
