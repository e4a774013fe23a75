"""A language's sentence templates, compiled for hassil, and an index that says which of them a sentence can be.

The index never drops a template that could match: it asks whether the sentence begins with a word that the template
can begin with, holds what it cannot do without, and names the values (a duration, a date) that it needs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ..types import Purpose
from . import normalise

if TYPE_CHECKING:
    from hassil import IntentData, Intents

    from .lattice import Lattice
    from .speaker import Sentences, Speaker

TEXT, VERBATIM, APPLICATION = "text", "verbatim", "application"
FREE = frozenset({TEXT, VERBATIM})
KINDS = ("number", "percent", "duration", "time", "date")
_DEEPEST = 20  # rules in rules


@dataclass(frozen=True)
class Template:
    """One template of an intent.

    source: as its author wrote it; says: the plugin's sentences in its language
    follows: "plugin.intent" of which it must have been one before; none: it can be said at any time
    heads: with one of these it begins; none: with anything
    clauses: of each of these, it holds one; needs: built-in lists without which it cannot be
    """

    plugin: str
    intent: str
    source: str
    says: Sentences
    language: str
    data: IntentData
    follows: frozenset[str]
    heads: frozenset[str]
    clauses: frozenset[frozenset[str]]
    needs: frozenset[str]

    def can_be(self, text: str, kinds: Set[str], former: str) -> bool:
        """text: squeezed; kinds: of the values that it names; former: "plugin.intent" of what was said before"""
        if self.needs - kinds - FREE or (self.follows and former not in self.follows):
            return False
        return all(any(fragment in text for fragment in clause) for clause in self.clauses)

    @cached_property
    def lattice(self) -> Lattice:
        """Made when it is first needed."""
        from . import lattice

        return lattice.build(self.source, self.says, self.language)


class Grammar:
    """All templates of a language that count in one purpose."""

    def __init__(self, plugins: Iterable[Speaker], language: str, purpose: Purpose) -> None:
        self.language = language
        self.templates = tuple(_templates(plugins, language, purpose))
        self._slots: dict[tuple[str, str], dict[str, set[str]]] = {}
        for number, template in enumerate(self.templates):
            template.data.metadata["number"] = number
            mine = self._slots.setdefault((template.plugin, template.intent), {})
            for reference in template.data.sentences[0].expression.list_references(template.data.expansion_rules):
                mine.setdefault(reference.slot_name, set()).add(reference.list_name)
        self._headed: dict[str, list[int]] = {}
        self._anyhow: list[int] = []
        for number, template in enumerate(self.templates):
            for head in template.heads:
                self._headed.setdefault(head, []).append(number)
            if not template.heads:
                self._anyhow.append(number)
        self._longest = max(map(len, self._headed), default=0)

    def slots(self, template: Template) -> Mapping[str, Set[str]]:
        """The lists that the sentences of the template's intent fill each slot from."""
        return self._slots[template.plugin, template.intent]

    def likely(self, plain: str, kinds: Set[str], former: str = "") -> Intents:
        """For hassil: the templates that the sentence can be. plain: as normalise.join gives it"""
        text = _squeezed(plain, self.language)
        numbers = set(self._anyhow)
        for length in range(1, min(self._longest, len(text)) + 1):
            numbers.update(self._headed.get(text[:length], ()))
        return self.only(n for n in sorted(numbers) if self.templates[n].can_be(text, kinds, former))

    def could_be(self, plain: str) -> bool:
        """Whether a sentence is begun like one of the templates, or may be one that begins with anything."""
        text = _squeezed(plain, self.language)
        return any(text[:length] in self._headed for length in range(1, self._longest + 1)) or any(
            all(any(piece in text for piece in clause) for clause in self.templates[number].clauses)
            for number in self._anyhow
        )

    def only(self, numbers: Iterable[int]) -> Intents:
        """For hassil: these templates."""
        from hassil import Intents, IntentsSettings, WildcardSlotList
        from hassil.intents import Intent

        found: dict[str, Intent] = {}
        for number in numbers:
            template = self.templates[number]
            name = f"{template.plugin}.{template.intent}"
            found.setdefault(name, Intent(name, [])).data.append(template.data)
        return Intents(
            language=self.language,
            intents=found,
            slot_lists={name: WildcardSlotList(name=name) for name in FREE},
            settings=IntentsSettings(ignore_whitespace=self.language == "zh"),
        )


def _squeezed(text: str, language: str) -> str:
    return text.replace(" ", "") if language == "zh" else text


def _templates(plugins: Iterable[Speaker], language: str, purpose: Purpose) -> Iterator[Template]:
    for plugin in plugins:
        says = plugin.grammars.get(language)
        if says is None:
            continue
        lists, rules = _lists(says, language), _rules(says, language)
        for intent, sentences in says.sentences.items():
            if purpose not in plugin.intents[intent].purposes:
                continue
            follows = frozenset(f"{plugin.name}.{name}" for name in plugin.intents[intent].follows)
            for source in sentences:
                yield _template(plugin.name, intent, source, says, language, follows, lists, rules)


def _template(
    plugin: str,
    intent: str,
    source: str,
    says: Sentences,
    language: str,
    follows: frozenset[str],
    lists: dict[str, Any],
    rules: dict[str, Any],
) -> Template:
    from hassil import IntentData

    data = IntentData(
        sentence_texts=[normalise.template(source, language)],
        slot_lists=lists,
        expansion_rules=rules,
        wildcard_list_names=set(FREE),
        metadata={},
    )
    (sentence,) = data.sentences  # parsed here, not in the first turn
    heads, empty = _heads(sentence.expression, rules, 0)
    clauses = sentence.get_required_clauses(rules)
    return Template(
        plugin,
        intent,
        source,
        says,
        language,
        data,
        follows,
        heads=frozenset() if empty or heads is None else frozenset(_squeezed(head, language) for head in heads),
        clauses=frozenset(frozenset(_squeezed(piece, language) for piece in clause) for clause in clauses),
        needs=_needs(sentence.expression, rules, 0) & {*KINDS, *FREE, APPLICATION},
    )


def _lists(says: Sentences, language: str) -> dict[str, Any]:
    from hassil import TextSlotList

    return {
        name: TextSlotList.from_tuples(((normalise.template(text, language), out) for text, out in pairs), name=name)
        for name, pairs in says.lists.items()
    }


def _rules(says: Sentences, language: str) -> dict[str, Any]:
    from hassil import parse_sentence

    return {name: parse_sentence(normalise.template(rule, language)) for name, rule in says.rules.items()}


def _heads(expression: Any, rules: Mapping[str, Any], depth: int) -> tuple[set[str] | None, bool]:
    """What it can begin with (None: anything), and whether it can be empty."""
    from hassil import Alternative, Group, RuleReference, TextChunk
    from hassil.expression import Permutation

    if isinstance(expression, TextChunk):
        words = expression.text.casefold().split()
        return set(words[:1]), not words
    if isinstance(expression, RuleReference) and expression.rule_name in rules and depth < _DEEPEST:
        return _heads(rules[expression.rule_name].expression, rules, depth + 1)
    if not isinstance(expression, Group) or isinstance(expression, Permutation):
        return None, False
    parts = [_heads(item, rules, depth + 1) for item in expression.items]
    if isinstance(expression, Alternative):
        empty = expression.is_optional or any(can for _, can in parts)
        return (None if any(heads is None for heads, _ in parts) else set().union(*(h or () for h, _ in parts))), empty
    found: set[str] = set()
    for heads, empty in parts:
        if heads is None:
            return None, False
        found |= heads
        if not empty:
            return found, False
    return found, True


def _needs(expression: Any, rules: Mapping[str, Any], depth: int) -> frozenset[str]:
    """The lists that it refers to whatever is said."""
    from hassil import Alternative, Group, ListReference, RuleReference

    if isinstance(expression, ListReference):
        return frozenset({expression.list_name})
    if isinstance(expression, RuleReference) and expression.rule_name in rules and depth < _DEEPEST:
        return _needs(rules[expression.rule_name].expression, rules, depth + 1)
    if not isinstance(expression, Group):
        return frozenset()
    parts = [_needs(item, rules, depth + 1) for item in expression.items]
    if isinstance(expression, Alternative):
        return frozenset() if expression.is_optional or not parts else frozenset.intersection(*parts)
    return frozenset[str]().union(*parts)
