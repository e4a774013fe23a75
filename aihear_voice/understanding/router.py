"""Finds the intent that a sentence means, by sentence templates, through hassil.

The whole sentence must match. Numbers, durations, times and dates are found beforehand and offered to hassil
as lists that hold just what this sentence names; free text is cut from the original sentence, because hassil
drops its punctuation. Which template wins: the one with the fewest pieces of free text, then the most
literal text, then the shortest free text. Where two intents tie, neither is chosen.

Languages: a sentence is tried in its own language, then in English, since Whisper often mistakes the language
of short commands; where its language is unknown or not loaded, in all that are, English first.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Protocol

from ..types import Match, Purpose
from . import answers, normalise, values
from .normalise import Token

if TYPE_CHECKING:
    from hassil import Intents

WAKE_WORDS = ("hey jarvis", "alexa", "hey mycroft", "hey rhasspy")
SUGGESTIONS = 3
_RESEMBLES = 60.0  # rapidfuzz's score, 0–100, from which a sentence is worth suggesting
_TEXT, _VERBATIM = "text", "verbatim"
_KINDS = ("number", "percent", "duration", "time", "date")


class Sentences(Protocol):
    """One language of a plugin: what plugin.manifest.Grammar holds."""

    @property
    def sentences(self) -> Mapping[str, tuple[str, ...]]: ...

    @property
    def lists(self) -> Mapping[str, tuple[tuple[str, Any], ...]]: ...

    @property
    def rules(self) -> Mapping[str, str]: ...


class Declared(Protocol):
    @property
    def purposes(self) -> tuple[Purpose, ...]: ...


class Speaker(Protocol):
    """What the router needs of a plugin."""

    @property
    def name(self) -> str: ...

    @property
    def grammars(self) -> Mapping[str, Sentences]: ...

    @property
    def intents(self) -> Mapping[str, Declared]: ...

    def examples_of(self, intent: str, language: str) -> Sequence[str]: ...


@dataclass(frozen=True)
class _Hit:
    """A reading of a sentence. rank: sorts the best first."""

    match: Match
    rank: tuple[int, int, int]


class TemplateRouter:
    """A ports.Router. Templates are compiled when their language is first needed, or by `warm`.

    today: what "tomorrow" counts from
    """

    def __init__(
        self,
        plugins: Iterable[Speaker],
        languages: Sequence[str],
        wake_words: Sequence[str] = WAKE_WORDS,
        today: Callable[[], date] = date.today,
    ) -> None:
        self._plugins = tuple(plugins)
        self._languages = tuple(sorted(dict.fromkeys(languages), key=lambda code: code != "en"))
        self._wake_words = tuple(dict.fromkeys([*wake_words, *WAKE_WORDS]))
        self._today = today
        self._compiled: dict[tuple[str, Purpose], Intents] = {}
        self._lock = threading.Lock()

    def warm(self) -> None:
        """Compile all languages now, for commands and for dictation."""
        for language in self._languages:
            self._intents(language, "assist")
            self._intents(language, "dictate")

    def route(self, text: str, language: str, purpose: Purpose) -> Match | None:
        """language "" where unknown: then all are tried, English first."""
        hits = self._best(text, language, purpose)
        return hits[0].match if len(hits) == 1 else None

    def suggest(self, text: str, language: str) -> Sequence[str]:
        """Up to three sentences that resemble `text`; where it meant two things alike, one of each."""
        tied = self._best(text, language, "assist")
        if len(tied) > 1:
            return [self._example(hit.match) for hit in tied][:SUGGESTIONS]
        from rapidfuzz import fuzz, process

        order = self._order(language)
        known = {example: normalise.bare(example, code) for code in order for example in self._all(code)}
        wanted = self._barest(text, order[0])
        found = process.extract(wanted, known, scorer=fuzz.ratio, limit=SUGGESTIONS, score_cutoff=_RESEMBLES)
        return [example for _, _, example in found] if wanted else []

    def _barest(self, text: str, language: str) -> str:
        """Without what is said around a command."""
        parts = normalise.tokens(text, language)
        return normalise.join(next(normalise.readings(parts, language, self._wake_words, polite=True), ()))[0]

    def affirmed(self, text: str, language: str) -> bool | None:
        """Yes, no, or None for neither."""
        return answers.affirmed(text, language)

    def begins(self, text: str, language: str) -> bool:
        """Whether a longer example of what can be said begins with these words."""
        for code in self._order(language):
            wanted = self._barest(text, code)
            after = "" if wanted and normalise.is_cjk(wanted[-1]) else " "
            examples = (normalise.bare(example, code) for example in self._all(code))
            if wanted and any(example.startswith(wanted + after) and example != wanted for example in examples):
                return True
        return False

    def _order(self, language: str) -> Sequence[str]:
        if language in self._languages:
            return tuple(dict.fromkeys((language, *(code for code in self._languages if code == "en"))))
        return self._languages

    def _best(self, text: str, language: str, purpose: Purpose) -> list[_Hit]:
        """The best reading of each intent that no other beats; usually one or none."""
        for code in self._order(language):
            parts = normalise.tokens(text, code)
            for reading in normalise.readings(parts, code, self._wake_words, polite=purpose != "dictate"):
                hits = self._hits(text, reading, code, purpose)
                if hits:
                    return hits
        return []

    def _hits(self, text: str, parts: Sequence[Token], language: str, purpose: Purpose) -> list[_Hit]:
        from hassil import recognize_all

        plain, starts = normalise.join(parts)
        lists = _lists(parts, language, self._today())
        intents = self._intents(language, purpose)
        found = [
            _hit(result, text, parts, starts, language)
            for result in recognize_all(plain, intents, slot_lists=lists, language=language)
        ]
        best: dict[tuple[str, str], _Hit] = {}
        top = min((hit.rank for hit in found), default=None)
        for hit in found:
            if hit.rank == top:
                best.setdefault((hit.match.plugin, hit.match.intent), hit)
        return list(best.values())

    def _intents(self, language: str, purpose: Purpose) -> Intents:
        with self._lock:
            key = (language, purpose)
            if key not in self._compiled:
                self._compiled[key] = _compile(self._plugins, language, purpose)
            return self._compiled[key]

    def _example(self, match: Match) -> str:
        plugin = next(plugin for plugin in self._plugins if plugin.name == match.plugin)
        return plugin.examples_of(match.intent, match.language)[0]

    def _all(self, language: str) -> list[str]:
        return [
            example
            for plugin in self._plugins
            for intent, declared in plugin.intents.items()
            if "assist" in declared.purposes and language in plugin.grammars
            for example in plugin.examples_of(intent, language)
        ]


def _compile(plugins: Iterable[Speaker], language: str, purpose: Purpose) -> Intents:
    from hassil import IntentData, Intents, IntentsSettings, WildcardSlotList
    from hassil.intents import Intent

    compiled: dict[str, Intent] = {}
    for plugin in plugins:
        grammar = plugin.grammars.get(language)
        if grammar is None:
            continue
        lists, rules = _compile_lists(grammar, language), _compile_rules(grammar, language)
        for intent, sentences in grammar.sentences.items():
            if purpose not in plugin.intents[intent].purposes:
                continue
            data = IntentData(
                sentence_texts=[normalise.template(sentence, language) for sentence in sentences],
                slot_lists=lists,
                expansion_rules=rules,
                wildcard_list_names={_TEXT, _VERBATIM},
                metadata={"plugin": plugin.name, "intent": intent},
            )
            compiled[f"{plugin.name}.{intent}"] = Intent(f"{plugin.name}.{intent}", [data])
            data.sentences  # noqa: B018  hassil parses them when they are first looked at: here, not in the first turn
    return Intents(
        language=language,
        intents=compiled,
        slot_lists={name: WildcardSlotList(name=name) for name in (_TEXT, _VERBATIM)},
        settings=IntentsSettings(ignore_whitespace=language == "zh"),
    )


def _compile_lists(grammar: Sentences, language: str) -> dict[str, Any]:
    from hassil import TextSlotList

    return {
        name: TextSlotList.from_tuples(((normalise.template(says, language), out) for says, out in pairs), name=name)
        for name, pairs in grammar.lists.items()
    }


def _compile_rules(grammar: Sentences, language: str) -> dict[str, Any]:
    from hassil import parse_sentence

    return {name: parse_sentence(normalise.template(rule, language)) for name, rule in grammar.rules.items()}


def _lists(parts: Sequence[Token], language: str, today: date) -> dict[str, Any]:
    """For hassil: {number}, {duration}, … with exactly what this sentence names."""
    from hassil import TextSlotList

    said: dict[str, dict[tuple[str, Any], None]] = {kind: {} for kind in _KINDS}
    for span in values.find(parts, language, today):
        said[span.kind][normalise.join(parts[span.start : span.end])[0], span.value] = None
    return {kind: TextSlotList.from_tuples(pairs, allow_template=False, name=kind) for kind, pairs in said.items()}


def _hit(result: Any, text: str, parts: Sequence[Token], starts: Sequence[int], language: str) -> _Hit:
    slots: dict[str, Any] = {}
    free = [entity for entity in result.entities_list if entity.is_wildcard]
    names = {ref.slot_name: ref.list_name for ref in _references(result)}
    for entity in result.entities_list:
        value = entity.value
        if entity.is_wildcard:
            value = _free_text(entity.text_span, text, parts, starts, names.get(entity.name) == _VERBATIM)
        slots[entity.name] = value
    length = sum(len(entity.text or "") for entity in free)
    share = length / max(1, starts[-1] + len(parts[-1].text))
    metadata = result.intent_data.metadata
    match = Match(metadata["plugin"], metadata["intent"], slots, round(1 - 0.5 * share, 2), language)
    return _Hit(match, (len(free), -result.text_chunks_matched, length))


def _references(result: Any) -> Iterable[Any]:
    references: Iterable[Any] = result.intent_sentence.expression.list_references(result.intent_data.expansion_rules)
    return references


def _free_text(span: tuple[int, int], text: str, parts: Sequence[Token], starts: Sequence[int], verbatim: bool) -> str:
    """The words of `span` as they were written; the marks at its ends, and what follows, only where verbatim."""
    first = max(index for index, start in enumerate(starts) if start <= span[0])
    last = max(index for index, start in enumerate(starts) if start < span[1])
    if verbatim and last == len(parts) - 1:
        return text[parts[first].start :].strip()
    return normalise.cut(text, parts[first].start, parts[last].end)
