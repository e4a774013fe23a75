"""Finds what a sentence means, by sentence templates, through hassil.

The strict pass: the whole sentence must match. Numbers, durations, times and dates are found beforehand and offered to
hassil as lists that hold just what this sentence names; free text is cut from the original sentence, because hassil
drops its punctuation. Which template wins: the one with the fewest pieces of free text, then the most
literal text, then the shortest free text.

Where nothing matches, and something is being asked for (not while dictating): two requests in one breath, each of
which matches strictly; else the tolerant pass, for what was slightly misheard (tolerant.py). Where two intents or two
names tie, neither is chosen: both are offered; but the person's own sentences go before others.

Languages: a sentence is tried in its own language, then in English, since Whisper often mistakes the language
of short commands; where its language is unknown or not loaded, in all that are, English first.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from ..types import UNKNOWN, Match, Purpose, Understood
from . import answers, confidence, normalise, requests, values
from .grammar import APPLICATION, FREE, KINDS, VERBATIM, Grammar, Template
from .normalise import Token
from .speaker import Speaker
from .tolerant import Name, Reading, Tolerant, little, negations, telling

if TYPE_CHECKING:
    from hassil import Intents

WAKE_WORDS = ("hey jarvis", "alexa", "hey mycroft", "hey rhasspy")
SUGGESTIONS = 3
CHOICES = 3  # that are offered at most
_RESEMBLES = 60.0  # rapidfuzz's score, 0–100, from which a sentence is worth suggesting
_FREE_TEXT = 0.1  # less confidence, where all is free text
_TIE = 0.04  # scores of the tolerant pass that differ less do not decide
_TOLERANT_IN = 2  # languages that the tolerant pass tries
_FOREIGN = 0.03  # less score in a language that the sentence is not in
_DIFFERS = 0.8  # cost of a name that is quite another: half of tolerant.py's, since the rest of the sentence fits
_WARMING = {  # sentences that take the longest way
    "en": "wake me up in ten minutes at half past seven tomorrow at 40 percent",
    "de": "weck mich in zehn Minuten um halb acht morgen auf 40 Prozent",
    "es": "despiértame en diez minutos a las siete y media mañana al 40 por ciento",
    "fr": "réveille-moi dans dix minutes à sept heures et demie demain à 40 pour cent",
    "zh": "明天七点半十分钟后叫醒我到百分之四十",
}


@dataclass(frozen=True)
class _Hit:
    """A reading of a sentence.

    rank: sorts the best first
    names: the words of free text where a name of a list could be, by slot
    empty: free text of nothing but little words ("bitte den"); leading: words of free text that it begins with
    bare: free text of little words and negations only, with more after it ("set no timer"): at the end it is a word
        that is spoken of ("how do you spell never")
    """

    match: Match
    rank: tuple[int, int, int, int]
    template: Template
    names: tuple[tuple[str, tuple[str, ...]], ...] = ()
    empty: bool = False
    leading: tuple[str, ...] = ()
    bare: tuple[str, ...] = ()

    @property
    def weak(self) -> bool:
        """Whether the free text may be something else: a misheard name, another request, nothing."""
        return bool(self.names or self.leading) or self.empty


class TemplateRouter:
    """A ports.Router. Templates are compiled when their language is first needed, or by `warm`.

    today: what "tomorrow" counts from
    applications: for {application}: what those that are installed are called, and each one's own name
    """

    def __init__(
        self,
        plugins: Iterable[Speaker],
        languages: Sequence[str],
        wake_words: Sequence[str] = WAKE_WORDS,
        today: Callable[[], date] = date.today,
        applications: Callable[[], Mapping[str, str]] = dict,
    ) -> None:
        self._plugins = tuple(plugins)
        self._own = {(plugin.name, intent) for plugin in self._plugins for intent in plugin.own}
        self._languages = tuple(sorted(dict.fromkeys(languages), key=lambda code: code != "en"))
        self._wake_words = tuple(dict.fromkeys([*wake_words, *WAKE_WORDS]))
        self._today = today
        self._applications = applications
        self._installed: dict[str, tuple[Mapping[str, str], Any]] = {}
        self._grammars: dict[tuple[str, Purpose], Grammar] = {}
        self._tolerants: dict[str, Tolerant] = {}
        self._lock = threading.RLock()

    def warm(self, spoken: Sequence[str]) -> None:
        """Compile these languages now, and go the whole way once; any other when it is first needed."""
        for language in (code for code in self._languages if code in spoken):
            self._grammar(language, "dictate")
            self._grammar(language, "practise")
            self._tolerant(language).warm()
            self.understand(_WARMING.get(language, ""), language, "assist")

    def understand(self, text: str, language: str, purpose: Purpose, former: Match | None = None) -> Understood:
        """language "" where unknown: then all are tried, English first.

        former: what was done last, where that is not long ago: what only makes sense after it counts too
        """
        hits = self._best(text, language, purpose, former)
        if purpose != "assist":
            return Understood((hits[0].match,) if len(hits) == 1 else ())
        if len(hits) > 1:
            return Understood(choices=tuple(replace(h.match, meant=self._example(h.match)) for h in hits[:CHOICES]))
        if hits and not hits[0].weak:
            return Understood((hits[0].match,))
        several = self._several(text, language, former)
        if several:
            return Understood(several)
        return self._named(hits[0], text) if hits else self._tolerantly(text, language, former)

    def route(self, text: str, language: str, purpose: Purpose) -> Match | None:
        """The one thing that a sentence means by itself; None where there is none, or more than one."""
        return self.understand(text, language, purpose).match

    def picked(self, text: str, language: str, options: Sequence[str]) -> int | None:
        """Which of the sentences that were offered is chosen; None for neither of them, or no answer."""
        return answers.picked(text, language, options)

    def suggest(self, text: str, language: str) -> Sequence[str]:
        """Up to three sentences that resemble `text`; where it meant two things alike, one of each."""
        tied = self._best(text, language, "assist", None)
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

    def _best(self, text: str, language: str, purpose: Purpose, former: Match | None) -> list[_Hit]:
        """The best reading of each intent that no other beats; usually one or none."""
        for code in self._order(language):
            parts = normalise.tokens(text, code)
            for reading in normalise.readings(parts, code, self._wake_words, polite=purpose != "dictate"):
                hits = self._hits(text, reading, code, purpose, former)
                if hits:
                    return hits
        return []

    def _hits(
        self, text: str, parts: Sequence[Token], language: str, purpose: Purpose, former: Match | None
    ) -> list[_Hit]:
        from hassil import recognize_all

        grammar = self._grammar(language, purpose)
        plain, starts = normalise.join(parts)
        lists = self._lists(parts, language)
        likely = self._candidates(grammar, plain, {name for name, known in lists.items() if known.values}, former)
        found = [
            _hit(result, text, parts, starts, grammar, former)
            for result in recognize_all(plain, likely, slot_lists=lists, language=language)
        ]
        found = [hit for hit in found if not _is_negated(hit, language)]
        best: dict[tuple[str, str], _Hit] = {}
        top = min((hit.rank for hit in found), default=None)
        for hit in found:
            if hit.rank == top:
                best.setdefault((hit.match.plugin, hit.match.intent), hit)
        # Who gives a meaning to a sentence that has one already wants another one.
        return [hit for intent, hit in best.items() if intent in self._own] or list(best.values())

    def _candidates(self, grammar: Grammar, plain: str, kinds: set[str], former: Match | None) -> Intents:
        return grammar.likely(plain, kinds, _key(former))

    def _several(self, text: str, language: str, former: Match | None, most: int = requests.MOST) -> tuple[Match, ...]:
        """Requests in one breath, each of which matches by itself; () where it is not so."""
        for code in self._order(language):
            grammar = self._grammar(code, "assist")
            for first, second in requests.halves(text, normalise.tokens(text, code), code):
                if not all(grammar.could_be(self._barest(half, code)) for half in (first, second)):
                    continue
                hits = self._best(first, code, "assist", former)
                if len(hits) != 1:
                    continue
                rest = self._alone(second, code) or (self._several(second, code, None, most - 1) if most > 2 else ())
                if rest:
                    return (replace(hits[0].match, meant=first), *rest)
        return ()

    def _alone(self, text: str, language: str) -> tuple[Match, ...]:
        hits = self._best(text, language, "assist", None)
        if len(hits) != 1 or (hits[0].names and self._several(text, language, None, 2)):
            return ()
        return (replace(hits[0].match, meant=text),)

    def _named(self, hit: _Hit, text: str) -> Understood:
        """With the name that was nearly said in place of free text; where none was, as it is."""
        tolerant, says = self._tolerant(hit.match.language), hit.template.says
        for slot, words in hit.names:
            lists = sorted(tolerant.slots(hit.template)[slot] - FREE - {*KINDS})
            known = (tolerant.names(says, each, self._applications()) for each in lists)
            likeliest = _likeliest([name for names in known for name in names.like(words)])
            if likeliest:
                matches = tuple(_renamed(hit.match, slot, name, text) for name in likeliest[:CHOICES])
                return Understood(choices=matches) if len(matches) > 1 else Understood(matches)
        instead = self._tolerantly(text, hit.match.language, None, free=False)
        if instead != Understood():
            return instead
        if any(normalise.is_no_name(words, hit.match.language) for _, words in hit.names):
            return Understood()
        unknown = any(APPLICATION in tolerant.slots(hit.template)[slot] for slot, _ in hit.names)
        return Understood((replace(hit.match, confidence=UNKNOWN) if unknown else hit.match,))

    def _tolerantly(self, text: str, language: str, former: Match | None, free: bool = True) -> Understood:
        """free: some of it may be free text"""
        found: list[tuple[float, Reading, str]] = []
        for code in self._likeliest(text, self._order(language)):
            parts = next(normalise.readings(normalise.tokens(text, code), code, self._wake_words, polite=True), ())
            tolerant, spans = self._tolerant(code), self._values(parts, code)
            readings = tolerant.read(text, parts, spans, _key(former), self._applications())
            foreign = _FOREIGN if language and code != language else 0.0
            # In a language that it is not in, free text would be what is misheard.
            said = [reading for reading in readings if not reading.free or (free and not foreign)]
            found += [(reading.score - foreign, reading, code) for reading in said[:CHOICES]]
        found.sort(key=lambda each: -each[0])
        if not found or confidence.of_score(found[0][0]) < confidence.LIKELY:
            return Understood()
        matches = [_read(reading, score, text, code, former) for score, reading, code in found]
        top = matches[0]
        choices = [top, *(_instead(top, slot, name, phrase) for slot, name, phrase in found[0][1].rivals)]
        known = {(top.plugin, top.intent)}
        for match, (score, _, _) in zip(matches[1:], found[1:], strict=True):
            if score >= found[0][0] - _TIE and (match.plugin, match.intent) not in known:
                known.add((match.plugin, match.intent))
                choices.append(match)
        return Understood(choices=tuple(choices[:CHOICES])) if len(choices) > 1 else Understood((top,))

    def _likeliest(self, text: str, order: Sequence[str]) -> Sequence[str]:
        """The languages whose commands have most of the words, those that have none left out."""
        known = {code: self._tolerant(code).familiar(normalise.tokens(text, code)) for code in order}
        ranked = sorted(order, key=lambda code: -known[code]) if len(order) > _TOLERANT_IN else order
        return [code for code in ranked[:_TOLERANT_IN] if known[code]]

    def _grammar(self, language: str, purpose: Purpose) -> Grammar:
        with self._lock:
            key = (language, purpose)
            if key not in self._grammars:
                self._grammars[key] = Grammar(self._plugins, language, purpose)
            return self._grammars[key]

    def _tolerant(self, language: str) -> Tolerant:
        with self._lock:
            if language not in self._tolerants:
                self._tolerants[language] = Tolerant(self._grammar(language, "assist"))
            return self._tolerants[language]

    def _lists(self, parts: Sequence[Token], language: str) -> dict[str, Any]:
        """For hassil: {number}, {duration}, … with exactly what this sentence names, and {application}."""
        from hassil import TextSlotList

        said: dict[str, dict[tuple[str, Any], None]] = {kind: {} for kind in KINDS}
        for span in self._values(parts, language):
            said[span.kind][normalise.join(parts[span.start : span.end])[0], span.value] = None
        lists = {kind: TextSlotList.from_tuples(pairs, allow_template=False, name=kind) for kind, pairs in said.items()}
        return {**lists, APPLICATION: self._application_list(language)}

    def _values(self, parts: Sequence[Token], language: str) -> Sequence[values.Span]:
        return _spans(tuple(parts), language, self._today())

    def _application_list(self, language: str) -> Any:
        """Made anew where one has come or gone."""
        from hassil import TextSlotList

        names = self._applications()
        known = self._installed.get(language)
        if known is None or known[0] is not names:
            pairs = ((normalise.bare(name, language), own) for name, own in names.items())
            made = TextSlotList.from_tuples((p for p in pairs if p[0]), allow_template=False, name=APPLICATION)
            known = self._installed[language] = (names, made)
        return known[1]

    def _example(self, match: Match) -> str:
        plugin = next(plugin for plugin in self._plugins if plugin.name == match.plugin)
        return plugin.examples_of(match.intent, match.language)[0]

    def _all(self, language: str) -> list[str]:
        return [
            example
            for plugin in self._plugins
            for intent, declared in plugin.intents.items()
            if "assist" in declared.purposes and language in plugin.grammars and not declared.follows
            for example in plugin.examples_of(intent, language)
        ]


@lru_cache(maxsize=64)
def _spans(parts: tuple[Token, ...], language: str, today: date) -> tuple[values.Span, ...]:
    """One sentence is looked at in many ways."""
    return tuple(values.find(parts, language, today))


def _key(match: Match | None) -> str:
    return f"{match.plugin}.{match.intent}" if match is not None else ""


def _hit(
    result: Any, text: str, parts: Sequence[Token], starts: Sequence[int], grammar: Grammar, former: Match | None
) -> _Hit:
    template = grammar.templates[result.intent_data.metadata["number"]]
    slots: dict[str, Any] = {}
    names: list[tuple[str, tuple[str, ...]]] = []
    empty = False
    leading: tuple[str, ...] = ()
    bare: tuple[str, ...] = ()
    free = [entity for entity in result.entities_list if entity.is_wildcard]
    lists = _list_names(result)
    for entity in result.entities_list:
        value = entity.value
        if entity.is_wildcard:
            first, last = _place(entity.text_span, starts)
            value = _free_text(text, parts, first, last, VERBATIM in lists[entity.name])
            words = tuple(token.text for token in parts[first : last + 1])
            leading = words if first == 0 else leading
            if last < len(parts) - 1 and set(words) <= little(grammar.language) | negations(grammar.language):
                bare += words
            empty = empty or (VERBATIM not in lists[entity.name] and little(grammar.language).issuperset(words))
            if grammar.slots(template)[entity.name] - FREE - {*KINDS}:
                names.append((entity.name, words))
        slots[entity.name] = value
    length = sum(len(entity.text or "") for entity in free)
    share = length / max(1, starts[-1] + len(parts[-1].text))
    slots = _with_former(slots, template, former)
    sure = round(1 - _FREE_TEXT * share, 3)
    match = Match(template.plugin, template.intent, slots, sure, grammar.language)
    rank = (len(free), -result.text_chunks_matched, length, 0 if template.follows else 1)
    return _Hit(match, rank, template, tuple(names), empty, leading, bare)


def _is_negated(hit: _Hit, language: str) -> bool:
    """ "Open not the browser", "she set a timer": free text holds what says that it is not to be done, or only told."""
    named = {word for _, words in hit.names for word in words} | {*hit.leading, *hit.bare}
    return not negations(language).isdisjoint(named) or not telling(language).isdisjoint(hit.leading)


def _with_former(slots: dict[str, Any], template: Template, former: Match | None) -> dict[str, Any]:
    """A follow-up has the slots of what it follows, but for those that it fills itself."""
    return {**former.slots, **slots} if template.follows and former is not None else slots


def _list_names(result: Any) -> dict[str, set[str]]:
    """The lists that each slot of the matched template can be filled from."""
    found: dict[str, set[str]] = {}
    for reference in result.intent_sentence.expression.list_references(result.intent_data.expansion_rules):
        found.setdefault(reference.slot_name, set()).add(reference.list_name)
    return found


def _place(span: tuple[int, int], starts: Sequence[int]) -> tuple[int, int]:
    """The first and the last token of a piece of the joined text."""
    first = max(index for index, start in enumerate(starts) if start <= span[0])
    return first, max(index for index, start in enumerate(starts) if start < span[1])


def _free_text(text: str, parts: Sequence[Token], first: int, last: int, verbatim: bool) -> str:
    """These words as they were written; the marks at their ends, and what follows, only where verbatim."""
    if verbatim and last == len(parts) - 1:
        return text[parts[first].start :].strip()
    return normalise.cut(text, parts[first].start, parts[last].end)


def _likeliest(names: Sequence[Name]) -> list[Name]:
    """Of different values, the likeliest first; those that are clearly less likely are left out."""
    best: dict[str, Name] = {}
    for name in sorted(names, key=lambda name: -name.likeness):
        best.setdefault(str(name.value).casefold(), name)
    ranked = list(best.values())
    return [name for name in ranked if name.likeness >= ranked[0].likeness - _TIE]


def _renamed(match: Match, slot: str, name: Name, text: str) -> Match:
    """With a name in place of the free text of a slot."""
    said = str(match.slots[slot])
    sure = confidence.of_score(1 - (1 - name.likeness) * _DIFFERS)
    meant = text.rstrip(" .!?。！？").replace(said, name.phrase, 1)
    return replace(match, slots={**match.slots, slot: name.value}, confidence=sure, exact=False, meant=meant)


def _instead(match: Match, slot: str, name: Name, phrase: str) -> Match:
    """With another name for that of `phrase`."""
    return replace(match, slots={**match.slots, slot: name.value}, meant=match.meant.replace(phrase, name.phrase, 1))


def _read(reading: Reading, score: float, text: str, language: str, former: Match | None) -> Match:
    """A reading of the tolerant pass as a match."""
    template = reading.template
    slots = _with_former(dict(reading.slots), template, former)
    sure = confidence.of_score(score)
    return Match(template.plugin, template.intent, slots, sure, language, exact=False, meant=reading.shown)
