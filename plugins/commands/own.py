"""The person's own commands, from settings: checked, matched, and turned into argument lists. There is no shell."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from aihear_voice.plugin import PluginError

_SLOT = re.compile(r"\{(\w+)\}")
_KINDS = ("number", "text", "path")
_KEYS = {"say", "run", "slots", "confirm", "output", "reply"}
_LONGEST = 200  # characters of a spoken value


@dataclass(frozen=True)
class Command:
    """say: sentence templates; run: arguments with {slot} places; slots: a kind, or the allowed values, by name."""

    name: str
    say: tuple[str, ...]
    run: tuple[str, ...]
    slots: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)
    confirm: bool = False
    output: bool = False
    reply: str = ""

    @property
    def intent(self) -> str:
        return "own_confirmed" if self.confirm else "own"


class BadValue(Exception):
    """A spoken value that must not be used; its text is the name of the slot."""


def commands(settings: Mapping[str, Any]) -> list[Command]:
    """Raises PluginError for what is wrong in the settings."""
    return [_command(name, table) for name, table in settings["own"].items()]


def _command(name: str, table: Any) -> Command:
    if not isinstance(table, dict) or set(table) - _KEYS:
        raise _fault(name, f"it must be a table of {', '.join(sorted(_KEYS))}")
    say, run = _texts(name, table, "say"), _texts(name, table, "run")
    slots = {slot: _kind(name, slot, kind) for slot, kind in table.get("slots", {}).items()}
    used = {slot for text in (*say, *run) for slot in _SLOT.findall(text)}
    for slot in used - slots.keys():
        raise _fault(name, f'say what {{{slot}}} may be: slots = {{ {slot} = ["…"] }}')
    if _SLOT.search(run[0]):
        raise _fault(name, "the program itself cannot be a slot")
    for text in say:
        missing = {slot for text in run for slot in _SLOT.findall(text)} - set(_SLOT.findall(text))
        if missing:
            raise _fault(name, f'"{text}" does not say {{{missing.pop()}}}')
    return Command(
        name, say, run, slots, table.get("confirm") is True, table.get("output") is True, str(table.get("reply", ""))
    )


def _texts(name: str, table: Mapping[str, Any], key: str) -> tuple[str, ...]:
    value = table.get(key)
    if not isinstance(value, list) or not value or not all(isinstance(text, str) and text for text in value):
        raise _fault(name, f"{key} must be a list of texts")
    return tuple(value)


def _kind(name: str, slot: str, kind: Any) -> str | tuple[str, ...]:
    if kind in _KINDS:
        return str(kind)
    if isinstance(kind, list) and kind and all(isinstance(value, str) for value in kind):
        return tuple(kind)
    raise _fault(name, f"slot {slot} must be a list of allowed values, or one of: {', '.join(_KINDS)}")


def _fault(name: str, message: str) -> PluginError:
    return PluginError(f"plugin.commands.own.{name}: {message}", "bad_setting", "mend your settings")


def sentences(own: Sequence[Command]) -> dict[str, list[str]]:
    """Templates by intent, with the program's built-in lists for the slots."""
    found: dict[str, list[str]] = {}
    for command in own:
        found.setdefault(command.intent, []).extend(_template(text, command) for text in command.say)
    return found


def _template(text: str, command: Command) -> str:
    return _SLOT.sub(lambda slot: f"{{{'number' if command.slots[slot[1]] == 'number' else 'text'}:{slot[1]}}}", text)


def meant(own: Sequence[Command], text: str, values: Mapping[str, Any]) -> Command | None:
    """Which command the sentence is. The router knows the intent only, and all commands share two of these."""
    fitting = [command for command in own if set(values) <= set(command.slots)]
    if len(fitting) == 1:
        return fitting[0]
    from hassil import Intents, recognize_best

    intents = Intents.from_dict(
        {
            "language": "en",
            "intents": {c.name: {"data": [{"sentences": [_template(s, c) for s in c.say]}]} for c in fitting},
            "lists": {"text": {"wildcard": True}, "number": {"wildcard": True}},
        }
    )
    found = recognize_best(text, intents)
    return next((command for command in fitting if found and command.name == found.intent.name), None)


def arguments(command: Command, values: Mapping[str, Any]) -> list[str]:
    """The argument list. Raises BadValue."""
    checked = {slot: _checked(slot, command.slots[slot], value) for slot, value in values.items()}
    return [_SLOT.sub(lambda found: checked[found[1]], argument) for argument in command.run]


def _checked(slot: str, kind: str | tuple[str, ...], value: Any) -> str:
    if isinstance(kind, tuple):
        chosen = next((allowed for allowed in kind if plain(allowed) == plain(str(value))), None)
        if chosen is None:
            raise BadValue(slot)
        return chosen
    if kind == "number":
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise BadValue(slot)
        return f"{value:g}" if isinstance(value, float) else str(value)
    text = str(value).strip()
    parts = re.split(r"[/\\]", text)
    unsafe = not text or len(text) > _LONGEST or text.startswith("-") or not text.isprintable() or ".." in parts
    if unsafe or (kind == "text" and len(parts) > 1):
        raise BadValue(slot)
    return text


def plain(name: str) -> str:
    """Small letters and digits; accents and punctuation do not count."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(c))
    return " ".join("".join(c if c.isalnum() else " " for c in bare).split())
