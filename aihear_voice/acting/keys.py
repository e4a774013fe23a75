"""Names of keys, and chords such as "ctrl+s". One table for the typist and for plugins."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from ..errors import DeviceError, SettingsError


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


@dataclass(frozen=True, slots=True)
class Action:
    """What a program does on a chord that differs by system, and in terminals, where Ctrl+C ends a program.

    terminal: "" where terminals have no such thing
    """

    usual: str
    mac: str
    terminal: str = ""


ACTIONS: Mapping[str, Action] = MappingProxyType(
    {
        "copy": Action("ctrl+c", "cmd+c", "ctrl+shift+c"),
        "cut": Action("ctrl+x", "cmd+x"),
        "paste": Action("ctrl+v", "cmd+v", "ctrl+shift+v"),
        "select_all": Action("ctrl+a", "cmd+a", "ctrl+shift+a"),
        "undo": Action("ctrl+z", "cmd+z"),
        "redo": Action("ctrl+shift+z", "cmd+shift+z"),
        "save": Action("ctrl+s", "cmd+s"),
        "new_document": Action("ctrl+n", "cmd+n"),
        "find": Action("ctrl+f", "cmd+f", "ctrl+shift+f"),
        "bold": Action("ctrl+b", "cmd+b"),
        "italic": Action("ctrl+i", "cmd+i"),
        "underline": Action("ctrl+u", "cmd+u"),
        "new_tab": Action("ctrl+t", "cmd+t", "ctrl+shift+t"),
        "close_tab": Action("ctrl+w", "cmd+w", "ctrl+shift+w"),
        "reopen_tab": Action("ctrl+shift+t", "cmd+shift+t"),
        "next_tab": Action("ctrl+tab", "ctrl+tab", "ctrl+page_down"),
        "previous_tab": Action("ctrl+shift+tab", "ctrl+shift+tab", "ctrl+page_up"),
        "next_window": Action("alt+tab", "cmd+tab", "alt+tab"),
        "previous_window": Action("alt+shift+tab", "cmd+shift+tab", "alt+shift+tab"),
        "go_back": Action("alt+left", "cmd+[", "alt+left"),
        "go_forward": Action("alt+right", "cmd+]", "alt+right"),
        "select_last_word": Action("ctrl+shift+left", "alt+shift+left"),
        "delete_last_word": Action("ctrl+backspace", "alt+backspace", "ctrl+w"),
        "zoom_in": Action("ctrl++", "cmd++", "ctrl++"),
        "zoom_out": Action("ctrl+minus", "cmd+minus", "ctrl+minus"),
        "reload": Action("f5", "cmd+r"),
    }
)


def keysym(name: str) -> int:
    """Of a name in KEYS, or of a character: Latin-1's are their own keysyms, others carry a high byte."""
    if name in KEYS:
        return KEYS[name].keysym
    return ord(name) if ord(name) < 0x100 else 0x01000000 | ord(name)


def check(name: str) -> None:
    """Raises SettingsError unless this is an action or a chord."""
    if name not in ACTIONS:
        parse(name)


def chord_of(name: str, terminal: bool = False, mac: bool = False) -> Chord:
    """An action's chord there, or the chord itself. Raises SettingsError, and DeviceError for terminals."""
    action = ACTIONS.get(name)
    if action is None:
        return parse(name)
    if terminal and not action.terminal:
        raise DeviceError(f"a terminal has no {name.replace('_', ' ')}", "not_here", "go to another window")
    return parse(action.mac if mac else action.terminal if terminal else action.usual)


def parse(chord: str) -> Chord:
    """ "ctrl+shift+t", "enter", "f5", "a", "ctrl++". Raises SettingsError where a key is unknown."""
    last = "+" if chord == "+" or chord.endswith("++") else chord.rpartition("+")[2]
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
