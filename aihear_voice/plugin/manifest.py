"""What a plugin says of itself in TOML: read and checked without running any of its code.

plugin.toml             name, summary, api, permissions, [settings] with defaults, [intents.NAME]
sentences/LANGUAGE.toml [intents.NAME] sentences, examples; [lists.NAME] values; [rules]; [answers]

Sentences are in hassil's language: (a|b), [optional], {list:slot}, <rule>. Case, accents and punctuation do
not matter. Besides the plugin's own lists there are

{number} int or float   {percent} int   {duration} seconds, int   {time} "HH:MM"   {date} "YYYY-MM-DD"
{text} free words as they were written, without the closing mark   {verbatim} the same with it
{application} the name of an installed application
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import msgspec

from ..errors import PluginError
from ..types import Permission, Purpose
from . import places

API = 1
VALUE_LISTS = frozenset({"number", "percent", "duration", "time", "date"})
TEXT_LISTS = frozenset({"text", "verbatim"})
NAME_LISTS = frozenset({"application"})
BUILT_IN = VALUE_LISTS | TEXT_LISTS | NAME_LISTS
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_LANGUAGE = re.compile(r"[a-z]{2,3}")
Status = Literal["ok", "disabled", "broken", "shadowed"]
SlotKind = Literal["text", "name", "path"]


class Intent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """purposes: in which it counts; confirm: ask yes or no first; hidden: has no sentences.

    slots: what free words may be, by slot: "name" (a line of at most 100 characters without slashes or a leading dash),
        "path" (the same with slashes, and nothing that leads upwards), "text" (anything)
    follows: its sentences count only right after one of these intents, whose slots it gets too ("make it ten minutes")
    """

    purposes: tuple[Purpose, ...] = ("assist",)
    confirm: bool = False
    hidden: bool = False
    slots: dict[str, SlotKind] = {}
    follows: tuple[str, ...] = ()


class ListValue(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """says: a template; out: the slot's value."""

    says: str = msgspec.field(name="in")
    out: str | int | float | bool


class _Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    summary: str
    intents: dict[str, Intent]
    api: int = API
    permissions: tuple[Permission, ...] = ()
    settings: dict[str, Any] = {}


class _IntentSentences(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    sentences: tuple[str, ...]
    examples: tuple[str, ...] = ()


class _List(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    values: tuple[str | ListValue, ...]


class _Sentences(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    intents: dict[str, _IntentSentences] = {}
    lists: dict[str, _List] = {}
    rules: dict[str, str] = {}
    answers: dict[str, str] = {}


@dataclass(frozen=True)
class Grammar:
    """One language of a plugin.

    sentences: templates by intent; examples: what to say, by intent, where the author wrote them
    lists: (template, value) pairs by name; rules: templates by name
    """

    sentences: Mapping[str, tuple[str, ...]]
    examples: Mapping[str, tuple[str, ...]]
    lists: Mapping[str, tuple[tuple[str, Any], ...]]
    rules: Mapping[str, str]
    answers: Mapping[str, str]


@dataclass
class Plugin:
    """A plugin folder. Its code runs when a function is first asked for.

    origin: shipped, personal or installed
    defaults: its settings as shipped; settings: with the person's changes
    status: ok, disabled, broken (see reason) or shadowed (another of the same name was found first)
    kinds: the lists that sentences fill a slot from, by intent and slot
    extra: intents whose sentences come from the person's settings
    """

    name: str
    folder: Path
    origin: str
    summary: str = ""
    permissions: frozenset[Permission] = frozenset()
    defaults: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    intents: Mapping[str, Intent] = field(default_factory=dict)
    grammars: Mapping[str, Grammar] = field(default_factory=dict)
    status: Status = "ok"
    reason: str = ""
    kinds: Mapping[str, Mapping[str, frozenset[str]]] = field(default_factory=dict)
    extra: frozenset[str] = frozenset()
    _functions: dict[str, Callable[..., Any]] = field(default_factory=dict, repr=False)

    @property
    def languages(self) -> tuple[str, ...]:
        """English first."""
        return tuple(sorted(self.grammars, key=lambda code: (code != "en", code)))

    @property
    def own(self) -> frozenset[str]:
        """Intents whose sentences the person wrote."""
        return frozenset(self.intents) if self.origin == "personal" else self.extra

    def answer(self, key: str, language: str, **values: object) -> str:
        """The answer `key`, in English where `language` has none. Raises PluginError."""
        for code in (language, "en"):
            grammar = self.grammars.get(code)
            if grammar and key in grammar.answers:
                return self._format(grammar.answers[key], key, code, values)
        raise PluginError(f"plugin {self.name} has no answer {key}", "no_answer", "add it to sentences/en.toml")

    def _format(self, template: str, key: str, code: str, values: Mapping[str, object]) -> str:
        try:
            return template.format(**values)
        except (KeyError, IndexError, ValueError, AttributeError) as error:
            where = f"sentences/{code}.toml"
            raise PluginError(f"plugin {self.name}, answer {key}: {error!r}", "bad_answer", f"mend {where}") from error

    def function(self, intent: str) -> Callable[..., Any]:
        """The intent's function. Runs the plugin's code on first use. Raises PluginError."""
        if intent not in self.intents:
            raise PluginError(f"plugin {self.name} has no intent {intent}", "no_intent")
        if not self._functions:
            from . import code

            self._functions.update(code.functions(self))
        return self._functions[intent]

    def examples(self, language: str, limit: int = 0) -> list[str]:
        """Sentences a person can say at any time, one or more an intent; English where need be. 0 is all."""
        anytime = (name for name, intent in self.intents.items() if not intent.follows)
        found = [example for intent in anytime for example in self.examples_of(intent, language)]
        return found[:limit] if limit else found

    def examples_of(self, intent: str, language: str) -> list[str]:
        """The author's examples, else the plainest reading of the first sentence; [] for a hidden intent."""
        from . import templates

        return templates.examples(self, intent, language)


def read(folder: Path, origin: str) -> Plugin:
    """Raises PluginError where the TOML files are wrong."""
    data = _parse(folder, "plugin.toml", _Manifest)
    if not _NAME.fullmatch(data.name) or data.name != folder.name:
        where = places.place(folder, "plugin.toml", "name")
        message = f"the name {data.name!r} must be the folder's ({folder.name}), in small letters, digits and _"
        raise _fault(f"{where}: {message}", "bad_name")
    if data.api != API:
        where = places.place(folder, "plugin.toml", "api")
        newer = "a newer aihear is needed" if data.api > API else "it must be brought up to date"
        message = f"it is written for plugin interface {data.api}, this program has {API}: {newer}"
        raise _fault(f"{where}: {message}", "bad_api")
    bad = [name for name in data.intents if not _NAME.fullmatch(name)]
    if bad:
        where = places.place(folder, "plugin.toml", bad[0])
        raise _fault(f"{where}: intent {bad[0]!r} is no name of a function", "bad_name")
    return Plugin(
        name=data.name,
        folder=folder,
        origin=origin,
        summary=data.summary,
        permissions=frozenset(data.permissions),
        defaults=data.settings,
        settings=data.settings,
        intents=data.intents,
        grammars={path.stem: _grammar(path) for path in sorted((folder / "sentences").glob("*.toml"))},
    )


def _grammar(path: Path) -> Grammar:
    if not _LANGUAGE.fullmatch(path.stem):
        raise _fault(f"sentences/{path.name}: the file's name must be a language such as en", "bad_language")
    data = _parse(path.parent.parent, f"sentences/{path.name}", _Sentences)
    return Grammar(
        sentences={name: intent.sentences for name, intent in data.intents.items()},
        examples={name: intent.examples for name, intent in data.intents.items() if intent.examples},
        lists={name: tuple(_pair(value) for value in values.values) for name, values in data.lists.items()},
        rules=data.rules,
        answers=data.answers,
    )


def _pair(value: str | ListValue) -> tuple[str, Any]:
    return (value, value) if isinstance(value, str) else (value.says, value.out)


def _parse(folder: Path, file: str, kind: type[Any]) -> Any:
    try:
        tree = tomllib.loads((folder / file).read_text(encoding="utf-8"))
        return msgspec.convert(tree, kind)
    except tomllib.TOMLDecodeError as error:
        raise _fault(f"{places.of_toml_error(file, str(error))}: not valid TOML: {error}", "bad_toml") from error
    except msgspec.ValidationError as error:
        raise _fault(f"{places.of_wrong_value(folder, file, str(error))}: {error}", "bad_manifest") from error
    except (OSError, UnicodeDecodeError) as error:
        raise _fault(f"{file} cannot be read: {error}", "unreadable") from error


def _fault(message: str, code: str) -> PluginError:
    return PluginError(message, code, "`aihear plugins check` tells all that is wrong")


def with_settings(defaults: Mapping[str, Any], changes: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The plugin's settings with the person's changes. Raises PluginError for an unknown key or a wrong type."""
    for key, value in changes.items():
        if key not in defaults:
            near = difflib.get_close_matches(key, defaults, n=1, cutoff=0.5)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise PluginError(f"unknown setting plugin.{name}.{key}{hint}", "unknown_setting", "mend your settings")
        if not _fits(value, defaults[key]):
            wanted = type(defaults[key]).__name__
            raise PluginError(f"plugin.{name}.{key} must be {wanted}, not {value!r}", "bad_setting")
    return {**defaults, **changes}


def _fits(value: Any, default: Any) -> bool:
    if isinstance(default, float):
        return isinstance(value, int | float) and not isinstance(value, bool)
    return type(value) is type(default)
