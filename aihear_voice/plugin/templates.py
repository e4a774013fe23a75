"""Looks into sentence templates: whether they parse, which slots they fill, how they sound."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..errors import PluginError
from .manifest import BUILT_IN, Grammar

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


@dataclass(frozen=True)
class Slots:
    """some: slots that a template may fill; always: those it fills whatever is said; kinds: (slot, list) pairs."""

    some: frozenset[str] = frozenset()
    always: frozenset[str] = frozenset()
    kinds: frozenset[tuple[str, str]] = frozenset()


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
        _check_lists(grammar, where)
        for intent, sentences in grammar.sentences.items():
            if intent not in plugin.intents:
                raise _fault(f"{where}: intent {intent} is not in plugin.toml")
            if plugin.intents[intent].hidden:
                raise _fault(f"{where}: intent {intent} is hidden, and can have no sentences")
            found[intent] += [slots(sentence, grammar, where) for sentence in sentences]
    for intent, declared in plugin.intents.items():
        if not declared.hidden and not found[intent]:
            raise _fault(f"intent {intent} has no sentences, and is not hidden")
    return found


def _check_lists(grammar: Grammar, where: str) -> None:
    for name, values in grammar.lists.items():
        if name in BUILT_IN:
            raise _fault(f"{where}: {{{name}}} is built in, and cannot be a list")
        for says, _ in values:
            _parse(says, f"{where}, list {name}")


def slots(sentence: str, grammar: Grammar, where: str) -> Slots:
    """Raises PluginError where the template is wrong."""
    return _slots(_parse(sentence, where), grammar, where, 0)


def _parse(template: str, where: str) -> Any:
    from hassil import parse_sentence
    from hassil.parser import ParseError

    try:
        return parse_sentence(template).expression
    except (ParseError, AssertionError) as error:
        raise _fault(f"{where}: bad template {template!r}: {error}") from error


def _slots(expression: Any, grammar: Grammar, where: str, depth: int) -> Slots:
    from hassil import Alternative, Group, ListReference, RuleReference

    if depth > 40:
        raise _fault(f"{where}: its rules refer to each other without end")
    if isinstance(expression, ListReference):
        if expression.list_name not in BUILT_IN | grammar.lists.keys():
            raise _fault(f"{where}: there is no list {{{expression.list_name}}}")
        name = frozenset({expression.slot_name})
        return Slots(name, name, frozenset({(str(expression.slot_name), str(expression.list_name))}))
    if isinstance(expression, RuleReference):
        if expression.rule_name not in grammar.rules:
            raise _fault(f"{where}: there is no rule <{expression.rule_name}>")
        rule = _parse(grammar.rules[expression.rule_name], where)
        return _slots(rule, grammar, where, depth + 1)
    if not isinstance(expression, Group):
        return Slots()
    parts = [_slots(item, grammar, where, depth + 1) for item in expression.items]
    some = frozenset[str]().union(*(part.some for part in parts))
    pairs = frozenset[tuple[str, str]]().union(*(part.kinds for part in parts))
    if isinstance(expression, Alternative):  # [x] is (x|nothing), so that it fills nothing for certain
        return Slots(some, frozenset.intersection(*(part.always for part in parts)), pairs)
    return Slots(some, frozenset[str]().union(*(part.always for part in parts)), pairs)


def examples(plugin: Plugin, intent: str, language: str) -> list[str]:
    """The author's examples, else the plainest reading of the first sentence; in English where need be."""
    code = language if intent in getattr(plugin.grammars.get(language), "sentences", ()) else "en"
    grammar = plugin.grammars.get(code)
    if grammar is None or intent not in grammar.sentences:
        return []
    return list(grammar.examples.get(intent, ())) or [plainest(grammar.sentences[intent][0], grammar, code)]


def plainest(sentence: str, grammar: Grammar, language: str) -> str:
    """A template read with its first alternatives, no options, and a sample for each list."""
    text = _read(_parse(sentence, "example"), grammar, language)
    text = " ".join(text.split())
    return text[:1].upper() + text[1:]


def _read(expression: Any, grammar: Grammar, language: str) -> str:
    from hassil import Alternative, Group, ListReference, RuleReference, TextChunk

    if isinstance(expression, TextChunk):
        return str(expression.original_text)
    if isinstance(expression, ListReference):
        values = grammar.lists.get(expression.list_name)
        if values:
            return _read(_parse(values[0][0], "example"), grammar, language)
        return _SAMPLES.get(language, _SAMPLES["en"]).get(expression.list_name, _ANYTHING)
    if isinstance(expression, RuleReference):
        return _read(_parse(grammar.rules[expression.rule_name], "example"), grammar, language)
    if isinstance(expression, Alternative):
        return "" if expression.is_optional else _read(expression.items[0], grammar, language)
    if isinstance(expression, Group):
        return "".join(_read(item, grammar, language) for item in expression.items)
    return ""


def _fault(message: str) -> PluginError:
    return PluginError(message, "bad_template", "`aihear plugins check` tells all that is wrong")
