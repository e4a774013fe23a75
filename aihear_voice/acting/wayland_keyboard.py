"""Keys pressed through the compositor's virtual keyboard (virtual-keyboard-unstable-v1, as wtype does).

wtype sends a keymap of its own with each text, which browsers misread and which costs the first character where
windows are slow to take it up. This keyboard stays, and has the layout of the person's own one; what that has no
key for is pasted.
"""

from __future__ import annotations

import contextlib
import mmap
import os
import time
from collections.abc import Callable
from typing import Any

from ..errors import DeviceError
from .keys import KEYS, MODIFIERS, Chord
from .wayland_keymap import Keymap, Stroke
from .wayland_wire import Connection, now_ms

_XKB_V1 = 1  # of wl_keyboard's keymap formats
_HAS_KEYBOARD = 2  # of wl_seat's capabilities
_UP, _DOWN = 0, 1
_SYNC_EVERY = 16  # characters between two looks at the focus
_SETTLE_S = 0.3  # a seat's first keyboard: windows have to take it up, and drop what comes before they have
_MANAGER = "zwp_virtual_keyboard_manager_v1"


class VirtualKeyboard:
    """Its own modifiers only: those that the person holds belong to another keyboard, and do not mix with them."""

    name = "virtual keyboard"

    def __init__(self, connection: Connection, key_delay_s: float) -> None:
        """Raises DeviceError where the compositor has no such thing."""
        self._connection = connection
        self._key_delay_s = key_delay_s
        self._capabilities = 0
        self._seat_text: bytes | None = None  # the keymap of the person's keyboard
        self._text: bytes | None = None  # the one that ours was made from
        manager = connection.bind(_MANAGER, 1)
        seat = connection.bind("wl_seat", 1, self._seat_event)
        if manager is None or seat is None:
            raise DeviceError("this compositor has no virtual keyboard", "no_virtual_keyboard")
        connection.roundtrip()
        had_keyboard = bool(self._capabilities & _HAS_KEYBOARD)
        if had_keyboard:
            seat.ask("get_keyboard", connection.make("wl_keyboard", self._keyboard_event))
            connection.roundtrip()
        self._keyboard = connection.make("zwp_virtual_keyboard_v1")
        manager.ask("create_virtual_keyboard", seat, self._keyboard)
        self.keymap = self._ordinary() or Keymap()
        self._upload()
        self.release()
        if not had_keyboard:
            time.sleep(_SETTLE_S)

    def can_write(self, text: str) -> bool:
        self._follow_layout()
        return all(char in self.keymap.strokes for char in text)

    def write(self, text: str, left: Callable[[], bool]) -> str:
        """Returns what was typed: shorter than `text` where the focus `left`."""
        strokes = self.keymap.strokes
        for index, char in enumerate(text):
            if index % _SYNC_EVERY == 0 and left():
                return text[:index]
            self._strike(strokes[char])
        self._connection.roundtrip()
        return text

    def chord(self, chord: Chord, times: int, left: Callable[[], bool]) -> int:
        """How often it was pressed before the focus `left`. Raises DeviceError where there is no such key."""
        self._follow_layout()
        stroke = self._stroke(chord)
        for index in range(times):
            if index % _SYNC_EVERY == 0 and left():
                return index
            self._strike(stroke)
        self._connection.roundtrip()
        return times

    def release(self) -> None:
        """Nothing is pressed any more."""
        self._keyboard.ask("modifiers", 0, 0, 0, 0)
        self._connection.roundtrip()

    def _stroke(self, chord: Chord) -> Stroke:
        key = self._key(chord.key)
        mask, codes = key.mask, []
        for name in chord.modifiers:
            mask |= self.keymap.masks[name]
            codes.append(self._key(name).keycode)
        return Stroke(key.keycode, mask, (*codes, *key.keys), key.group)

    def _key(self, name: str) -> Stroke:
        keysym = KEYS[name].keysym if name in KEYS else _keysym(name)
        # A letter of another layout of this keymap, as "s" beside a Russian one.
        found = self.keymap.strokes.get(name) or self.keymap.keys.get(keysym)
        if found is None:
            raise DeviceError(f'this keyboard has no key "{name}"', "no_such_key", "choose another key")
        return found

    def _strike(self, stroke: Stroke) -> None:
        """Whatever happens, nothing stays pressed."""
        pressed: list[int] = []
        try:
            for code in stroke.keys:
                pressed.append(code)
                self._press(code, _DOWN)
            self._keyboard.ask("modifiers", stroke.mask | self._own_mask(stroke), 0, 0, stroke.group)
            pressed.append(stroke.keycode)
            self._press(stroke.keycode, _DOWN)
        finally:
            for code in reversed(pressed):
                self._press(code, _UP)
            if stroke.mask or stroke.group or self._own_mask(stroke):
                self._keyboard.ask("modifiers", 0, 0, 0, 0)
        time.sleep(self._key_delay_s)

    def _own_mask(self, stroke: Stroke) -> int:
        """Of a modifier key that is pressed for itself."""
        pairs = ((MODIFIERS[name].keysym, self.keymap.masks[name]) for name in MODIFIERS)
        codes: dict[int, int] = {
            self.keymap.keys[keysym].keycode: mask for keysym, mask in pairs if keysym in self.keymap.keys
        }
        return codes.get(stroke.keycode, 0)

    def _press(self, code: int, state: int) -> None:
        self._keyboard.ask("key", now_ms(), code, state)

    # The layout

    def _follow_layout(self) -> None:
        """The person may have changed it since."""
        if self._seat_text != self._text:
            chosen = self._ordinary()
            if chosen is not None and chosen.text != self.keymap.text:
                self.keymap = chosen
                self._upload()

    def _ordinary(self) -> Keymap | None:
        """That of the person's keyboard; None where there is none, or a typing program's was used last."""
        self._text = self._seat_text
        if self._text is not None:
            with contextlib.suppress(DeviceError):
                keymap = Keymap(self._text)
                return keymap if keymap.ordinary else None
        return None

    def _upload(self) -> None:
        data = self.keymap.text + b"\0"
        descriptor = os.memfd_create("aihear-keymap", os.MFD_CLOEXEC)
        try:
            os.write(descriptor, data)
            self._keyboard.ask("keymap", _XKB_V1, descriptor, len(data))
            self._connection.roundtrip()
        finally:
            os.close(descriptor)

    # In the connection's thread

    def _seat_event(self, event: str, *arguments: Any) -> None:
        if event == "capabilities":
            (self._capabilities,) = arguments

    def _keyboard_event(self, event: str, *arguments: Any) -> None:
        if event == "keymap":
            form, descriptor, size = arguments
            try:
                if form == _XKB_V1 and size:
                    with mmap.mmap(descriptor, size, mmap.MAP_PRIVATE, mmap.PROT_READ) as shared:
                        self._seat_text = shared[:].rstrip(b"\0")
            finally:
                os.close(descriptor)


def _keysym(char: str) -> int:
    """Latin-1 characters are their own keysyms; others carry a high byte."""
    return ord(char) if ord(char) < 0x100 else 0x01000000 | ord(char)
