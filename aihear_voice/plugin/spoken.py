"""What was said is checked before a plugin sees it, and again where it becomes a program's argument, or a path.

`check_slots` is called by call.perform for every intent, `check_arguments` by Context.run and Context.call, `inside` by
Context.path: plugins need not think of it.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import PluginError
from .manifest import BUILT_IN, NAME_LISTS, TEXT_LISTS, SlotKind

if TYPE_CHECKING:
    from .manifest import Plugin

LONGEST = 5_000  # characters of a text: half a minute of speech has 1,000
LONGEST_NAME = 100
LONGEST_ARGUMENT = 1_000
_LARGEST = 1e15  # of a number: beyond it, not every whole number is one
_YEARS_S = 100 * 366 * 86_400  # seconds
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
_LAYOUT = "\n\t"
_SEPARATORS = re.compile(r"[/\\]")
_LETTER = r"[^\W\u2e80-\u9fff]"  # of a script that parts words
_LINK = re.compile(r"[a-z][a-z0-9+.-]*://")
_BAD_LINK = re.compile(r"(?!https?://)[a-z][a-z0-9+.-]*://|(file|javascript|data|vbscript|view-source|about|chrome):")
# Programs that take their arguments for code. What was said is given to none of them.
_INTERPRETERS = re.compile(
    r"(ba|da|z|k|c|tc|fi|a|mk|r|nu)?sh|busybox|python[\d.]*|perl|ruby|node|deno|bun|php|lua\w*|[gmn]?awk|osascript|tclsh|wish"
    r"|pwsh|powershell(\.exe)?|cmd(\.exe)?|wscript(\.exe)?|cscript(\.exe)?|env|xargs|sudo|doas|pkexec|su|ssh|at|batch"
)


@dataclass(frozen=True)
class Said:
    """text: the whole sentence; free: free words cut from it; folders: where a path that was said may lie

    known: whether the plugin, its settings or the computer's menus have a program of that name
    """

    text: str = ""
    free: tuple[str, ...] = ()
    folders: tuple[str, ...] = ("~",)
    known: Callable[[str], bool] = lambda program: True

    def names(self, program: str) -> bool:
        """Whether speech alone has named this program."""
        name = _folded(Path(program).name)
        return (name in self.free or _is_piece_of(name, _folded(self.text))) and not self.known(program)


def free_words(plugin: Plugin, intent: str, slots: Mapping[str, Any]) -> tuple[str, ...]:
    """What of a match are a person's own words and numbers, folded. Values from a plugin's own lists are not."""
    free = [
        str(value)
        for name, value in slots.items()
        if isinstance(value, str | int | float)
        and not isinstance(value, bool)
        and _is_free(plugin, intent, name, value)
    ]
    return tuple(filter(None, map(_folded, free)))


def mentions(plugin: Plugin, program: str) -> bool:
    """Whether the plugin's files or settings name that program, between quotation marks."""
    quoted = re.compile(rf"""["']{re.escape(program)}["']""")
    files = [path for path in plugin.folder.rglob("*") if path.suffix in (".py", ".toml")]
    written = (path.read_text(encoding="utf-8", errors="replace") for path in files)
    return quoted.search(repr(dict(plugin.settings))) is not None or any(quoted.search(text) for text in written)


def _is_free(plugin: Plugin, intent: str, name: str, value: object) -> bool:
    kinds = plugin.kinds.get(intent, {}).get(name, frozenset())
    return not any(value in outs for outs in _outs(plugin, kinds))


# Slots ------------------------------------------------------------------------------------------------------


def check_slots(plugin: Plugin, intent: str, slots: Mapping[str, Any]) -> None:
    """Raises PluginError for a value that its slot cannot have."""
    declared = plugin.intents[intent].slots if intent in plugin.intents else {}
    kinds = plugin.kinds.get(intent, {})
    for name, value in slots.items():
        fault = _of_declared(declared[name], value) if name in declared else ""
        fault = fault or _of_any(value) or _of_kinds(plugin, kinds.get(name, frozenset()), value)
        if fault:
            raise PluginError(
                f"{plugin.name} cannot take that for {name}: {fault}", "bad_value", "say it in other words"
            )


def _of_any(value: object) -> str:
    """Of whatever kind it is, and whoever filled it."""
    if isinstance(value, str):
        if len(value) > LONGEST:
            return f"it has more than {LONGEST} characters"
        if any(unicodedata.category(char) == "Cc" and char not in _LAYOUT for char in value):
            return "it holds a control character"
    if isinstance(value, float) and not math.isfinite(value):
        return "it is no number"
    return "it is too large" if isinstance(value, int | float) and abs(value) > _LARGEST else ""


def _of_declared(kind: SlotKind, value: object) -> str:
    """kind: name or path; text is anything"""
    if kind == "text":
        return ""
    text = str(value)
    if not text.strip() or len(text) > LONGEST_NAME or not text.isprintable():
        return f"it is no name: one line, at most {LONGEST_NAME} characters"
    parts = _SEPARATORS.split(text)
    if _is_dash(text[0]) or any(part.strip() in ("", ".", "..") for part in parts):
        return "it is no name of a file"
    return "it holds a slash" if kind == "name" and len(parts) > 1 else ""


def _of_kinds(plugin: Plugin, kinds: frozenset[str], value: object) -> str:
    """One of the lists that its sentences fill it from must be able to give that. No kinds: its code filled it."""
    if not kinds or any(value in outs for outs in _outs(plugin, kinds)):
        return ""
    if any(_is_of(kind, value) for kind in kinds & BUILT_IN):
        return ""
    return f"it is none of: {', '.join(sorted(kinds))}"


def _outs(plugin: Plugin, kinds: frozenset[str]) -> list[list[Any]]:
    """The values of its own lists of these names, in all languages."""
    lists = [grammar.lists[kind] for grammar in plugin.grammars.values() for kind in kinds if kind in grammar.lists]
    return [[out for _, out in pairs] for pairs in lists]


def _is_of(kind: str, value: Any) -> bool:
    if kind in TEXT_LISTS | NAME_LISTS:
        return isinstance(value, str)
    if isinstance(value, bool):
        return False
    if kind in ("number", "percent", "duration"):
        whole = isinstance(value, int) or (isinstance(value, float) and (kind == "number" or value.is_integer()))
        least, most = {"percent": (0, 100), "duration": (0, _YEARS_S)}.get(kind, (-_LARGEST, _LARGEST))
        return whole and least <= value <= most
    if not isinstance(value, str):
        return False
    if kind == "time":
        return _TIME.fullmatch(value) is not None
    if kind == "date":
        try:
            return bool(date.fromisoformat(value))
        except ValueError:
            return False
    return len(value) <= LONGEST_NAME  # a list that the program knows, as that of applications


# Arguments of programs --------------------------------------------------------------------------------------


def check_arguments(argv: Sequence[str], words: Said) -> None:
    """Raises PluginError where what was said would be more to a program than a plain argument.

    That is: an option ("-rf"), code of an interpreter or a shell, a control character, a path outside of
    plugins.folders or in a hidden folder; or the program itself, where nobody but the person named it.
    """
    if words.names(argv[0]):
        raise PluginError(f"{argv[0]} is only what was said", "bad_argument", "ctx.find_program finds applications")
    for index, argument in enumerate(argv):
        fault = "it holds a NUL" if "\0" in argument else ""
        if index and not fault and _is_said(argument, words):
            fault = _of_argument(argument, argv[:index], words)
        if fault:
            raise PluginError(f"{argv[0]} is not started with that: {fault}", "bad_argument", "say it in other words")


def _is_said(argument: str, words: Said) -> bool:
    folded = _folded(argument)
    return any(piece in folded for piece in words.free) or _is_piece_of(folded, _folded(words.text))


def _is_piece_of(folded: str, text: str) -> bool:
    return bool(folded) and re.search(rf"(?<!{_LETTER}){re.escape(folded)}(?!{_LETTER})", text) is not None


def _of_argument(argument: str, before: Sequence[str], words: Said) -> str:
    if any(_INTERPRETERS.fullmatch(Path(part).name.casefold()) for part in before):
        return "it would be code"
    if len(argument) > LONGEST_ARGUMENT:
        return f"it has more than {LONGEST_ARGUMENT} characters"
    if any(unicodedata.category(char) == "Cc" for char in argument):
        return "it holds a control character"
    folded = _folded(argument)
    begins = any(folded.startswith(piece) for piece in words.free) or _is_piece_of(folded, _folded(words.text))
    if begins and _is_dash(argument.lstrip()[:1]):
        return "it would be an option"
    return _of_path(argument, words, begins)


def _of_path(argument: str, words: Said, begins: bool) -> str:
    if _LINK.match(argument.casefold()) and not begins:
        return ""  # the plugin made an address of it
    if begins and _BAD_LINK.match(argument.casefold()):
        return "it is an address of another kind than http"
    if begins and _LINK.match(argument.casefold()):
        return ""
    pieces = [piece for piece in (*words.free, *([_folded(argument)] if begins else [])) if piece in _folded(argument)]
    if not any(piece[:1] == "~" or ".." in piece or _SEPARATORS.search(piece) for piece in pieces):
        return ""
    path = argument.partition("=")[2] if argument.startswith("-") else argument
    return "" if is_inside(path, words.folders) else "it is a path outside of plugins.folders"


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())


def _is_dash(char: str) -> bool:
    """Also one that only looks like it: some programs take it for one."""
    return bool(char) and (unicodedata.category(char) == "Pd" or char == "\N{MINUS SIGN}")


# Paths ------------------------------------------------------------------------------------------------------


def is_inside(path: str | Path, folders: Sequence[str]) -> bool:
    """Whether it lies in one of the folders, links followed, and no part below that is hidden."""
    try:
        wanted = Path(path).expanduser()
        real = (Path.home() / wanted).resolve()  # what is relative counts from home, as started programs see it
        roots = [Path(folder).expanduser().resolve() for folder in folders]
    except (OSError, RuntimeError, ValueError):
        return False
    below = (real.relative_to(root) for root in roots if real.is_relative_to(root))
    return any(not any(part.startswith(".") for part in rest.parts) for rest in below)


def inside(name: str, folder: Path, folders: Sequence[str]) -> Path:
    """`name`, as it was said, in `folder`. Raises PluginError where that leads elsewhere, or folder may not be used."""
    home = folder.expanduser()
    path = home / name
    straight = bool(name.strip()) and name.isprintable() and not name.startswith("~") and not Path(name).is_absolute()
    if not straight or home.resolve() not in path.resolve().parents or not is_inside(path, folders):
        hint = "plugins.folders names where files may be"
        raise PluginError(f"{name!r} is no file that may be used", "bad_path", hint)
    return path
