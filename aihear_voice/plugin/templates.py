"""Looks into sentence templates: whether they parse, which slots they fill, how they sound."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..errors import PluginError
from .manifest import BUILT_IN, NAME_LISTS, Grammar
from .places import place

if TYPE_CHECKING:
    from .manifest import Plugin

# What stands for a value in an example.
_SAMPLES: Mapping[str, Mapping[str, str]] = {
    "en": {"number": "three", "percent": "40 percent", "duration": "ten minutes", "time": "7:30", "date": "Friday"},
    "de": {
        "number": "drei",
        "percent": "40 Prozent",
        "duration": "zehn Minuten",
        "time": "7:30 Uhr",
        "date": "Freitag",
    },
    "es": {"number": "tres", "percent": "40 por ciento", "duration": "diez minutos", "time": "7:30", "date": "viernes"},
    "fr": {
        "number": "trois",
        "percent": "40 pour cent",
        "duration": "dix minutes",
        "time": "7 h 30",
        "date": "vendredi",
    },
    "zh": {"number": "三", "percent": "百分之四十", "duration": "十分钟", "time": "七点半", "date": "星期五"},
}
_ANYTHING = "…"
_INSTALLED = "\0"  # stands for a name that only this computer knows
_ELISION = re.compile(r"\b((?:[cdjlmnst]|qu)') (?=\w)", re.IGNORECASE)  # French: "l' alarme" is said "l'alarme"
_CLOUDS = {"en": "blue clouds", "de": "blaue Wolken", "es": "nubes azules", "fr": "nuages bleus", "zh": "蓝色的云"}


@dataclass(frozen=True)
class Slots:
    """some: slots that a template may fill; always: those it fills whatever is said; kinds: (slot, list) pairs.

    template: the sentence, and the file that it stands in
    """

    some: frozenset[str] = frozenset()
    always: frozenset[str] = frozenset()
    kinds: frozenset[tuple[str, str]] = frozenset()
    template: tuple[str, str] = ("", "")


_NONE = Slots()
_MARKS = frozenset("()[]{}<>|")  # without any of them, a template is plain text


def kinds(found: Mapping[str, Sequence[Slots]]) -> dict[str, dict[str, frozenset[str]]]:
    """The lists that each slot is filled from, by intent."""
    pairs = {intent: {pair for each in every for pair in each.kinds} for intent, every in found.items()}
    return {
        intent: {slot: frozenset(kind for name, kind in said if name == slot) for slot, _ in said}
        for intent, said in pairs.items()
    }


def check(plugin: Plugin) -> dict[str, list[Slots]]:
    """The slots of each intent's sentences, over all languages. Raises PluginError for the first fault."""
    found: dict[str, list[Slots]] = {name: [] for name in plugin.intents}
    for language, grammar in plugin.grammars.items():
        where = f"sentences/{language}.toml"
        _check_lists(plugin, grammar, where)
        known: dict[str, Slots] = {}
        for intent, sentences in grammar.sentences.items():
            at = f"intents.{intent}]"
            if intent not in plugin.intents:
                raise _fault(f"{place(plugin.folder, where, at)}: intent {intent} is not in plugin.toml")
            if plugin.intents[intent].hidden:
                raise _fault(f"{place(plugin.folder, where, at)}: intent {intent} is hidden, and can have no sentences")
            found[intent] += [_slots_of(plugin, sentence, grammar, where, known) for sentence in sentences]
    for intent, declared in plugin.intents.items():
        if not declared.hidden and not found[intent]:
            at = place(plugin.folder, "plugin.toml", f"intents.{intent}]")
            raise _fault(f"{at}: intent {intent} has no sentences, and is not hidden")
    return found


def _slots_of(plugin: Plugin, sentence: str, grammar: Grammar, file: str, known: dict[str, Slots]) -> Slots:
    """known: of the grammar's rules, as far as they were looked into. Raises PluginError with the line."""
    if _MARKS.isdisjoint(sentence):
        return Slots(template=(sentence, file))
    try:
        found = _slots(_parse(sentence, file), grammar, file, 0, known)
        return Slots(found.some, found.always, found.kinds, (sentence, file))
    except PluginError as error:
        at = place(plugin.folder, file, sentence)
        raise _fault(error.message.replace(file, at, 1)) from error


def _check_lists(plugin: Plugin, grammar: Grammar, where: str) -> None:
    for name, values in grammar.lists.items():
        if name in BUILT_IN:
            at = place(plugin.folder, where, f"lists.{name}]")
            raise _fault(f"{at}: {{{name}}} is built in, and cannot be a list")
        for says in (says for says, _ in values if not _MARKS.isdisjoint(says)):
            try:
                _parse(says, where)
            except PluginError as error:
                raise _fault(error.message.replace(where, place(plugin.folder, where, says), 1)) from error


def slots(sentence: str, grammar: Grammar, where: str) -> Slots:
    """Raises PluginError where the template is wrong."""
    return _slots(_parse(sentence, where), grammar, where, 0, {})


def _parse(template: str, where: str) -> Any:
    from hassil import parse_sentence
    from hassil.parser import ParseError

    try:
        return parse_sentence(template).expression
    except (ParseError, AssertionError) as error:
        raise _fault(f"{where}: bad template {template!r}: {error}") from error


def _slots(expression: Any, grammar: Grammar, where: str, depth: int, known: dict[str, Slots]) -> Slots:
    from hassil import Alternative, Group, ListReference, RuleReference

    if depth > 40:
        raise _fault(f"{where}: its rules refer to each other without end")
    if isinstance(expression, ListReference):
        return _of_list(str(expression.list_name), str(expression.slot_name), grammar, where)
    if isinstance(expression, RuleReference):
        return _of_rule(str(expression.rule_name), grammar, where, depth, known)
    if not isinstance(expression, Group):
        return _NONE
    parts = [_slots(item, grammar, where, depth + 1, known) for item in expression.items]
    if all(part is _NONE for part in parts):
        return _NONE
    some = frozenset[str]().union(*(part.some for part in parts))
    pairs = frozenset[tuple[str, str]]().union(*(part.kinds for part in parts))
    if isinstance(expression, Alternative):  # [x] is (x|nothing), so that it fills nothing for certain
        return Slots(some, frozenset.intersection(*(part.always for part in parts)), pairs)
    return Slots(some, frozenset[str]().union(*(part.always for part in parts)), pairs)


def _of_list(name: str, slot: str, grammar: Grammar, where: str) -> Slots:
    if name not in BUILT_IN and name not in grammar.lists:
        raise _fault(f"{where}: there is no list {{{name}}}")
    return Slots(frozenset({slot}), frozenset({slot}), frozenset({(slot, name)}))


def _of_rule(name: str, grammar: Grammar, where: str, depth: int, known: dict[str, Slots]) -> Slots:
    if name not in grammar.rules:
        raise _fault(f"{where}: there is no rule <{name}>")
    if name not in known:
        known[name] = _slots(_parse(grammar.rules[name], where), grammar, where, depth + 1, known)
    return known[name]


def examples(plugin: Plugin, intent: str, language: str) -> list[str]:
    """The author's examples, else the plainest reading of the first sentence; in English where need be."""
    code = language if intent in getattr(plugin.grammars.get(language), "sentences", ()) else "en"
    grammar = plugin.grammars.get(code)
    if grammar is None or intent not in grammar.sentences:
        return []
    return list(grammar.examples.get(intent, ())) or [plainest(grammar.sentences[intent][0], grammar, code)]


def plainest(sentence: str, grammar: Grammar, language: str) -> str:
    """A template read with its first alternatives, no options, and a sample for each list."""
    text = _spoken(_read(_parse(sentence, "example"), grammar, language, lambda ways, optional: 0))
    return text.replace(_INSTALLED, _ANYTHING)


def samples(sentence: str, grammar: Grammar, language: str, count: int) -> list[str]:
    """Up to `count` different readings of a template: the plainest, then others, the same each time."""
    expression = _parse(sentence, "sample")
    found = [_spoken(_read(expression, grammar, language, lambda ways, optional: 0))]
    for number in range(1, 4 * count):
        if len(found) >= count:
            break
        chance = random.Random(number)
        text = _spoken(_read(expression, grammar, language, lambda ways, optional: chance.randrange(ways)))  # noqa: B023
        found += [text] if text not in found else []
    found = [text for text in found if _INSTALLED not in text]
    return [text.replace(_ANYTHING, _CLOUDS.get(language, "blue clouds")) for text in found]


def _spoken(text: str) -> str:
    text = _ELISION.sub(r"\1", " ".join(text.split()))
    return text[:1].upper() + text[1:]


Choose = Callable[[int, bool], int]  # how many ways there are, whether none is one of them (the first) -> the way taken


def _read(expression: Any, grammar: Grammar, language: str, choose: Choose) -> str:
    from hassil import Alternative, Group, ListReference, RuleReference, TextChunk

    if isinstance(expression, TextChunk):
        return str(expression.original_text)
    if isinstance(expression, ListReference):
        values = grammar.lists.get(expression.list_name)
        if values:
            return _read(_parse(values[choose(len(values), False)][0], "example"), grammar, language, choose)
        if expression.list_name in NAME_LISTS:
            return _INSTALLED
        return _SAMPLES.get(language, _SAMPLES["en"]).get(expression.list_name, _ANYTHING)
    if isinstance(expression, RuleReference):
        return _read(_parse(grammar.rules[expression.rule_name], "example"), grammar, language, choose)
    if isinstance(expression, Alternative):
        return _read_one(expression, grammar, language, choose)
    if isinstance(expression, Group):
        return "".join(_read(item, grammar, language, choose) for item in expression.items)
    return ""


def _read_one(expression: Any, grammar: Grammar, language: str, choose: Choose) -> str:
    """Of alternatives; an optional one is left out in the first way."""
    items = list(expression.items)
    ways = len(items) + (1 if expression.is_optional else 0)
    way = choose(ways, expression.is_optional) - (1 if expression.is_optional else 0)
    return "" if way < 0 else _read(items[way], grammar, language, choose)


def _fault(message: str) -> PluginError:
    return PluginError(message, "bad_template", "`aihear plugins check` tells all that is wrong")
