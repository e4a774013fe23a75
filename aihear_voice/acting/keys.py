"""Names of keys, and chords such as "ctrl+s". One table for the typist and for plugins."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from ..errors import SettingsError


@dataclass(frozen=True, slots=True)
class NamedKey:
    """keysym: X11's number (X11/keysymdef.h); pynput: the name in pynput.keyboard.Key, "" where it has none."""

    keysym: int
    pynput: str


@dataclass(frozen=True, slots=True)
class Chord:
    """modifiers: of MODIFIERS, in the order they are pressed; key: a name of KEYS, or one character."""

    modifiers: tuple[str, ...]
    key: str


MODIFIERS: Mapping[str, NamedKey] = MappingProxyType(
    {
        "ctrl": NamedKey(0xFFE3, "ctrl"),
        "alt": NamedKey(0xFFE9, "alt"),
        "super": NamedKey(0xFFEB, "cmd"),
        "shift": NamedKey(0xFFE1, "shift"),
    }
)

KEYS: Mapping[str, NamedKey] = MappingProxyType(
    {
        **MODIFIERS,
        "enter": NamedKey(0xFF0D, "enter"),
        "tab": NamedKey(0xFF09, "tab"),
        "space": NamedKey(0x0020, "space"),
        "escape": NamedKey(0xFF1B, "esc"),
        "backspace": NamedKey(0xFF08, "backspace"),
        "delete": NamedKey(0xFFFF, "delete"),
        "insert": NamedKey(0xFF63, "insert"),
        "home": NamedKey(0xFF50, "home"),
        "end": NamedKey(0xFF57, "end"),
        "page_up": NamedKey(0xFF55, "page_up"),
        "page_down": NamedKey(0xFF56, "page_down"),
        "left": NamedKey(0xFF51, "left"),
        "up": NamedKey(0xFF52, "up"),
        "right": NamedKey(0xFF53, "right"),
        "down": NamedKey(0xFF54, "down"),
        "caps_lock": NamedKey(0xFFE5, "caps_lock"),
        "num_lock": NamedKey(0xFF7F, "num_lock"),
        "menu": NamedKey(0xFF67, "menu"),
        "pause": NamedKey(0xFF13, "pause"),
        "print_screen": NamedKey(0xFF61, "print_screen"),
        "volume_up": NamedKey(0x1008FF13, "media_volume_up"),
        "volume_down": NamedKey(0x1008FF11, "media_volume_down"),
        "volume_mute": NamedKey(0x1008FF12, "media_volume_mute"),
        "play_pause": NamedKey(0x1008FF14, "media_play_pause"),
        "next_track": NamedKey(0x1008FF17, "media_next"),
        "previous_track": NamedKey(0x1008FF16, "media_previous"),
        **{f"f{n}": NamedKey(0xFFBD + n, f"f{n}") for n in range(1, 21)},
    }
)

ALIASES: Mapping[str, str] = MappingProxyType(
    {
        "return": "enter", "esc": "escape", "del": "delete", "ins": "insert", "control": "ctrl", "option": "alt",
        "win": "super", "windows": "super", "cmd": "super", "command": "super", "meta": "super",
        "pageup": "page_up", "pgup": "page_up", "pagedown": "page_down", "pgdn": "page_down",
        "spacebar": "space", "print": "print_screen", "plus": "+", "minus": "-",
    }
)  # fmt: skip


def parse(chord: str) -> Chord:
    """ "ctrl+shift+t", "enter", "f5", "a", "ctrl++". Raises SettingsError where a key is unknown."""
    last = "+" if chord.endswith("+") else chord.rpartition("+")[2]
    rest = chord[: len(chord) - len(last)].rstrip("+").strip()
    modifiers = tuple(_modifier(part, chord) for part in rest.split("+")) if rest else ()
    return Chord(modifiers, _key(last, chord, bool(modifiers)))


def _modifier(part: str, chord: str) -> str:
    name = _named(part)
    if name not in MODIFIERS:
        raise _unknown(part, chord, MODIFIERS)
    return name


def _key(part: str, chord: str, modified: bool) -> str:
    name = _named(part)
    if name in KEYS:
        return name
    character = name if len(name) == 1 else part.strip()
    if len(character) != 1 or not character.isprintable():
        raise _unknown(part, chord, KEYS)
    # "ctrl+S" is what menus write for the unshifted key
    return character.lower() if modified else character


def _named(part: str) -> str:
    name = part.strip().lower().replace(" ", "_").replace("-", "_") if len(part.strip()) > 1 else part.strip()
    return ALIASES.get(name, name)


def _unknown(part: str, chord: str, names: Mapping[str, NamedKey]) -> SettingsError:
    near = difflib.get_close_matches(part.strip().lower(), [*names, *ALIASES], n=1, cutoff=0.6)
    hint = f"did you mean {near[0]}?" if near else "keys have names such as enter, page_down, f5, ctrl+s"
    return SettingsError(f'there is no key "{part.strip()}" (in "{chord}")', "unknown_key", hint)
