"""Keyboard layouts as Wayland knows them, read with libxkbcommon, which every Wayland desktop has."""

from __future__ import annotations

import ctypes
import ctypes.util
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache, cached_property
from typing import Any

from ...errors import DeviceError
from ..keys import KEYS, MODIFIERS

EVDEV_OFFSET = 8  # xkb's keycodes are the kernel's plus 8
_ISO_LEVEL3_SHIFT = 0xFE03  # AltGr
_MAIN_BLOCK = 88  # keycodes above belong to keypads and media keys: a second "(" or "=", and "€" where few look for it
_TEXT_FORMAT = 1  # XKB_KEYMAP_FORMAT_TEXT_V1
_MASKS = 8  # modifier combinations of a level that are looked at
_REAL = {"shift": b"Shift", "ctrl": b"Control", "alt": b"Mod1", "super": b"Mod4"}
_LEVEL3 = b"Mod5"
# A keyboard for people has these; one that a typing program made for a single text does not.
_ORDINARY = ("enter", "backspace", "left", "shift", "ctrl", "insert")


@dataclass(frozen=True, slots=True)
class Stroke:
    """keycode: the kernel's; mask: the modifiers that are on while it is pressed; keys: those of them as keycodes;
    group: the layout of the keymap that it belongs to."""

    keycode: int
    mask: int = 0
    keys: tuple[int, ...] = ()
    group: int = 0


@dataclass(frozen=True, slots=True)
class _Level:
    """What one key gives with the modifiers of `mask`. char: "" where it is none."""

    stroke: Stroke
    level: int
    keysym: int
    char: str


class Keymap:
    """text: as the compositor takes it; masks: of modifiers, by name"""

    def __init__(self, text: bytes | None = None) -> None:
        """text: None is the layout that XKB_DEFAULT_LAYOUT names, else us. Raises DeviceError."""
        library = _xkb()
        context = library.xkb_context_new(0)
        if text is None:
            keymap = library.xkb_keymap_new_from_names(context, None, 0)
        else:
            keymap = library.xkb_keymap_new_from_string(context, text, _TEXT_FORMAT, 0)
        library.xkb_context_unref(context)
        if not keymap:
            raise DeviceError("the keyboard layout cannot be read", "no_keymap", "apt-get install xkb-data")
        try:
            self.text = _string(library, keymap)
            self.masks = {
                name: 1 << library.xkb_keymap_mod_get_index(keymap, real)
                for name, real in [*_REAL.items(), ("level3", _LEVEL3)]
            }
            self._levels = list(self._read(library, keymap))
        finally:
            library.xkb_keymap_unref(keymap)

    @property
    def ordinary(self) -> bool:
        return all(KEYS[name].keysym in self.keys for name in _ORDINARY)

    @cached_property
    def keys(self) -> Mapping[int, Stroke]:
        """By keysym, the key that gives it alone, in any layout."""
        found: dict[int, Stroke] = {}
        for each in self._levels:
            if each.stroke.mask == 0:
                found.setdefault(each.keysym, each.stroke)
        return found

    @cached_property
    def strokes(self) -> Mapping[str, Stroke]:
        """How each character is typed on the first layout."""
        best: dict[str, tuple[tuple[int, int], Stroke]] = {}
        for each in self._levels:
            order = (each.level, each.stroke.keycode)
            if each.char and each.stroke.group == 0 and each.stroke.keycode <= _MAIN_BLOCK:
                best[each.char] = min(best.get(each.char, (order, each.stroke)), (order, each.stroke), key=_first)
        found = {char: self._with_modifiers(stroke) for char, (_, stroke) in best.items()}
        for char, name in (("\n", "enter"), ("\t", "tab")):
            if KEYS[name].keysym in self.keys:
                found[char] = self.keys[KEYS[name].keysym]
        return found

    def _with_modifiers(self, stroke: Stroke) -> Stroke:
        keysyms = {"shift": MODIFIERS["shift"].keysym, "level3": _ISO_LEVEL3_SHIFT}
        wanted = [keysym for name, keysym in keysyms.items() if stroke.mask & self.masks[name]]
        return replace(stroke, keys=tuple(self.keys[keysym].keycode for keysym in wanted if keysym in self.keys))

    def _read(self, library: Any, keymap: Any) -> Iterator[_Level]:
        """What Shift and AltGr reach, the first layout first."""
        for group in range(library.xkb_keymap_num_layouts(keymap)):
            first, last = library.xkb_keymap_min_keycode(keymap), library.xkb_keymap_max_keycode(keymap)
            for code in range(max(first, EVDEV_OFFSET), last + 1):
                if group < library.xkb_keymap_num_layouts_for_key(keymap, code):
                    yield from self._levels_of(library, keymap, code, group)

    def _levels_of(self, library: Any, keymap: Any, code: int, group: int) -> Iterator[_Level]:
        usable = self.masks["shift"] | self.masks["level3"]
        masks = (ctypes.c_uint32 * _MASKS)()
        symbols = ctypes.POINTER(ctypes.c_uint32)()
        for level in range(library.xkb_keymap_num_levels_for_key(keymap, code, group)):
            count = library.xkb_keymap_key_get_syms_by_level(keymap, code, group, level, ctypes.byref(symbols))
            known = library.xkb_keymap_key_get_mods_for_level(keymap, code, group, level, masks, _MASKS)
            fitting = [mask for mask in masks[:known] if mask & ~usable == 0]
            if count == 1 and fitting:
                keysym = int(symbols[0])
                char = library.xkb_keysym_to_utf32(keysym)
                stroke = Stroke(code - EVDEV_OFFSET, min(fitting), group=group)
                yield _Level(stroke, level, keysym, chr(char) if char >= 0x20 and char != 0x7F else "")


def _first(pair: tuple[tuple[int, int], Stroke]) -> tuple[int, int]:
    return pair[0]


def _string(library: Any, keymap: Any) -> bytes:
    pointer = library.xkb_keymap_get_as_string(keymap, _TEXT_FORMAT)
    try:
        return ctypes.string_at(pointer)
    finally:
        _libc().free(ctypes.c_void_p(pointer))


@cache
def _libc() -> Any:
    return ctypes.CDLL(None)


@cache
def _xkb() -> Any:
    """Raises DeviceError where the library is missing."""
    try:
        library = ctypes.CDLL(ctypes.util.find_library("xkbcommon") or "libxkbcommon.so.0")
    except OSError as error:
        raise DeviceError(
            "libxkbcommon is not installed", "no_xkb", "apt-get install libxkbcommon0 xkb-data"
        ) from error
    pointer, number = ctypes.c_void_p, ctypes.c_uint32
    library.xkb_context_new.restype = pointer
    library.xkb_context_unref.argtypes = [pointer]
    library.xkb_keymap_new_from_names.argtypes = [pointer, pointer, ctypes.c_int]
    library.xkb_keymap_new_from_names.restype = pointer
    library.xkb_keymap_new_from_string.argtypes = [pointer, ctypes.c_char_p, ctypes.c_int, ctypes.c_int]
    library.xkb_keymap_new_from_string.restype = pointer
    library.xkb_keymap_unref.argtypes = [pointer]
    library.xkb_keymap_get_as_string.argtypes = [pointer, ctypes.c_int]
    library.xkb_keymap_get_as_string.restype = pointer
    library.xkb_keymap_mod_get_index.argtypes = [pointer, ctypes.c_char_p]
    library.xkb_keymap_mod_get_index.restype = number
    for name in ("min", "max"):
        function = getattr(library, f"xkb_keymap_{name}_keycode")
        function.argtypes, function.restype = [pointer], number
    library.xkb_keymap_num_layouts.argtypes, library.xkb_keymap_num_layouts.restype = [pointer], number
    library.xkb_keymap_num_layouts_for_key.argtypes = [pointer, number]
    library.xkb_keymap_num_layouts_for_key.restype = number
    library.xkb_keymap_num_levels_for_key.argtypes = [pointer, number, number]
    library.xkb_keymap_num_levels_for_key.restype = number
    library.xkb_keymap_key_get_syms_by_level.argtypes = [
        pointer, number, number, number, ctypes.POINTER(ctypes.POINTER(number))
    ]  # fmt: skip
    library.xkb_keymap_key_get_mods_for_level.argtypes = [
        pointer, number, number, number, ctypes.POINTER(number), ctypes.c_size_t
    ]  # fmt: skip
    library.xkb_keymap_key_get_mods_for_level.restype = ctypes.c_size_t
    library.xkb_keysym_to_utf32.argtypes, library.xkb_keysym_to_utf32.restype = [number], number
    return library
