"""Reads a sentence along templates that it does not fit word by word: what a recogniser got slightly wrong.

The cheapest way through each likely template's lattice is searched (Dijkstra), where a word that is spelt or sounds
alike costs as much as it differs, a little word that was left out or put in costs little, and any other word that has
no place costs its whole weight. Never bridged, at any cost: words of which one says the opposite of another,
negations and numbers (languages/*.toml).
"""

from __future__ import annotations

import heapq
import itertools
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

from . import likeness, normalise
from .grammar import APPLICATION, FREE, KINDS, Grammar, Template
from .languages import table
from .lattice import Edge, phrases
from .normalise import Token
from .speaker import Sentences
from .values import Span

LONGEST = 24  # words; what is longer is no misheard command
_TEMPLATES = 16  # that are searched, the likeliest
_STEPS = 200  # of the search of one
_DEAREST = 0.8  # cost from which a reading is given up
_NEVER = 1e9  # of what cannot be
_WORD, _LITTLE, _CHARACTER = 1.0, 0.25, 0.5  # weights of a word, a little one, a Chinese character
_LITTLE_COST = 0.1  # of a little word too many, too few or for another
_ALIKE = 0.7  # likeness from which a word may have been meant
_LETTERS_MORE = 3  # that these may differ by
_TOGETHER = 0.85  # the same of two words for one, or one for two
_FREE_WORD = 0.02  # cost of a word of free text: what has a place of its own goes there
_SHORT = 3  # letters: fewer has what a recogniser makes of a little word
_SHORT_COST = 0.25  # of such a word in its place
_UNLIKE = 1.6  # cost of a whole word's difference
_KNOWN = 0.3  # dearer where the word heard is one of the commands' own: it was probably heard right
_NAME = 0.82  # likeness from which a name may have been meant
_BEGINNING = 0.82  # likeness of a name's beginning ("cal")
_BEGINNING_LETTERS = 3
_NAME_WORDS = 4
_RIVALS = 0.08  # names that are so nearly alike tie
_SOME_WORDS = 0.92  # likeness of some of a name's words
_PARTED = 0.99  # of a name with its words parted otherwise ("fire fox")
_REMEMBERED = 4096  # likenesses


class Name(NamedTuple):
    """A list's value that may have been meant."""

    likeness: float
    phrase: str
    value: Any


@dataclass(frozen=True)
class Reading:
    """A template that a sentence may mean.

    free: some of it is free text
    score: 0–1, of what the sentence has in common with it; shown: the sentence as it would have been right
    rivals: other values of a slot that are as likely, each with the phrase in whose place it would stand
    """

    template: Template
    score: float
    slots: Mapping[str, Any]
    shown: str
    free: bool = False
    rivals: tuple[tuple[str, Name, str], ...] = ()


class _Trail(NamedTuple):
    """What was passed on the way to a node."""

    weight: float = 0.0
    surely: float = 0.0  # weight of words and names that were heard
    changed: int = 0  # words too many, and words that were not heard, little ones apart for those
    shown: tuple[str, ...] = ()
    slots: tuple[tuple[str, Any], ...] = ()
    free: bool = False
    skipped: bool = False  # the little word that would stand here was not heard
    rivals: tuple[tuple[str, Name, str], ...] = ()


@dataclass(frozen=True)
class _Sentence:
    """text, parts: as it was heard; spans: its values; numbers: tokens that count something"""

    text: str
    parts: Sequence[Token]
    spans: Sequence[Span]
    numbers: frozenset[int] = frozenset()


class _Known(NamedTuple):
    """A list's phrase as it is written, what it stands for, and its folded words."""

    phrase: str
    value: Any
    words: tuple[str, ...]


class Names:
    """The phrases of a list, or of the installed applications, in one language."""

    def __init__(self, pairs: Iterable[tuple[tuple[str, ...], str, Any]], language: str) -> None:
        """pairs: folded words, the phrase as it is written, and its value"""
        self._language = language
        self._known: dict[str, _Known] = {}
        for words, phrase, value in pairs:
            self._known.setdefault("".join(words), _Known(phrase, value, words))
        self._sorted = sorted(self._known)
        self._holding: dict[str, set[str]] = {}
        for key, known in self._known.items():
            for word in known.words:
                self._holding.setdefault(word, set()).add(key)
        self._sounds: dict[str, list[str]] = {}
        self._found: dict[tuple[str, ...], tuple[Name, ...]] = {}

    def like(self, words: tuple[str, ...]) -> tuple[Name, ...]:
        """The values that may have been meant, the likeliest first; one where they differ enough."""
        if words not in self._found:
            if len(self._found) >= _REMEMBERED:
                self._found.clear()
            self._found[words] = self._like(words)
        return self._found[words]

    def _like(self, words: tuple[str, ...]) -> tuple[Name, ...]:
        said = "".join(words)
        if said in self._known:
            known = self._known[said]
            return (Name(1.0 if words == known.words else _PARTED, known.phrase, known.value),)
        best: dict[str, Name] = {}
        for key in self._near(said, words):
            known, score = self._known[key], self._score(said, words, key)
            if score >= _NAME and (str(known.value) not in best or best[str(known.value)].likeness < score):
                best[str(known.value)] = Name(score, known.phrase, known.value)
        ranked = sorted(best.values(), key=lambda name: (-name.likeness, name.phrase))
        return tuple(name for name in ranked if name.likeness >= ranked[0].likeness - _RIVALS)

    def _near(self, said: str, words: tuple[str, ...]) -> set[str]:
        from rapidfuzz import fuzz, process

        found = process.extract(said, self._sorted, scorer=fuzz.ratio, limit=8, score_cutoff=100 * _ALIKE)
        alike = {key for key, _, _ in found} | set(self._by_sound().get(likeness.sound(said, self._language), ()))
        first = bisect_left(self._sorted, said)
        alike.update(itertools.takewhile(lambda key: key.startswith(said), self._sorted[first:]))
        holding = [self._holding.get(word, set()) for word in words]
        return alike | set.intersection(*holding)

    def _by_sound(self) -> dict[str, list[str]]:
        if not self._sounds:
            for key in self._known:
                self._sounds.setdefault(likeness.sound(key, self._language), []).append(key)
        return self._sounds

    def _score(self, said: str, words: tuple[str, ...], key: str) -> float:
        known, guarded = self._known[key].words, exact(self._language)
        if guarded & set(words) != guarded & set(known) or set(known) < set(words):
            return 0.0  # the name itself was heard right: what is said beside it is no part of it
        return max(likeness.alike_names(said, key, self._language), self._part(said, words, key, known))

    def _part(self, said: str, words: tuple[str, ...], key: str, known: tuple[str, ...]) -> float:
        """Likeness of some of a name's words ("writer"), or of its beginning ("cal"); 0 where it is neither."""
        small = little(self._language)
        if all(word in small for word in words):
            return 0.0
        if set(words) < set(known) and max(map(len, words)) >= _BEGINNING_LETTERS:
            return _SOME_WORDS
        letters = 2 if normalise.is_cjk(said[0]) else _BEGINNING_LETTERS
        return _BEGINNING if len(said) >= letters and key.startswith(said) else 0.0


class Tolerant:
    """The tolerant pass of one language's grammar."""

    def __init__(self, grammar: Grammar) -> None:
        self._grammar = grammar
        self._language = grammar.language
        self._names: dict[tuple[int, str], Names] = {}
        self._applications: tuple[Mapping[str, str], Names] = ({}, Names((), grammar.language))
        self._fragments = sorted({piece for t in grammar.templates for clause in t.clauses for piece in clause})
        self._vocabulary = frozenset(self._fragments)
        self._sounds: dict[str, list[str]] = {}
        small = little(self._language)
        self._wanted = [tuple(clause for clause in t.clauses if not clause <= small) for t in grammar.templates]
        self._holders: dict[str, list[tuple[int, int]]] = {}
        for number, clauses in enumerate(self._wanted):
            for index, clause in enumerate(clauses):
                for piece in clause:
                    self._holders.setdefault(piece, []).append((number, index))
        self._wanting = [number for number, clauses in enumerate(self._wanted) if not clauses]

    def warm(self) -> None:
        """Build all that the first sentence would have to wait for."""
        for template in self._grammar.templates:
            for names in template.lattice.lists.values():
                for name in names - FREE - {*KINDS, APPLICATION}:
                    self.names(template.says, name, {})

    def names(self, says: Sentences, name: str, applications: Mapping[str, str]) -> Names:
        """The values of a list of a plugin, or the installed applications."""
        if name == APPLICATION:
            if self._applications[0] is not applications:
                self._applications = (applications, Names(self._installed(applications), self._language))
            return self._applications[1]
        key = (id(says), name)
        if key not in self._names:
            pairs = (
                (words, _joined(shown, self._language), value)
                for template, value in says.lists.get(name, ())
                for words, shown in phrases(template, says, self._language)
            )
            self._names[key] = Names(pairs, self._language)
        return self._names[key]

    def _installed(self, applications: Mapping[str, str]) -> Iterator[tuple[tuple[str, ...], str, str]]:
        for name, own in applications.items():
            yield tuple(token.text for token in normalise.tokens(name, self._language)), name, own

    def read(
        self, text: str, parts: Sequence[Token], spans: Sequence[Span], former: str, applications: Mapping[str, str]
    ) -> list[Reading]:
        """The readings of a sentence, the best first."""
        if not parts or len(parts) > LONGEST * (2 if self._language == "zh" else 1):
            return []
        counted = {i for span in spans if span.kind == "number" for i in range(span.start, span.end)}
        sentence = _Sentence(text, parts, spans, frozenset(counted))
        likely = self._likely(sentence, former)
        near = self._near(sentence, frozenset[str]().union(*(template.lattice.words for template in likely)))
        found = (_Search(self, template, sentence, near, applications).run() for template in likely)
        return sorted((reading for reading in found if reading is not None), key=lambda reading: -reading.score)

    def _near(self, sentence: _Sentence, known: Set[str]) -> dict[str, frozenset[str]]:
        """For each word that was heard, and each two together, the words of templates that it may stand for."""
        from rapidfuzz import fuzz, process

        words = [token.text for token in sentence.parts]
        pairs = [] if self._language == "zh" else ["".join(pair) for pair in itertools.pairwise(words)]
        long = [word for word in known if len(word) >= _BEGINNING_LETTERS]
        sounds: dict[str, set[str]] = {}
        for word in known:
            sounds.setdefault(likeness.sound(word, self._language), set()).add(word)
        near: dict[str, frozenset[str]] = {}
        for word in {*words, *pairs}:
            alike = process.extract(word, known, scorer=fuzz.ratio, limit=None, score_cutoff=100 * _ALIKE)
            found = {other for other, _, _ in alike} | sounds.get(likeness.sound(word, self._language), set())
            near[word] = frozenset(found | {other for other in long if word.startswith(other)})
        return near

    def slots(self, template: Template) -> Mapping[str, Set[str]]:
        """The lists that the template's intent fills each slot from."""
        return self._grammar.slots(template)

    def familiar(self, parts: Sequence[Token]) -> int:
        """How many of the words are in the language's commands, or around them."""
        return sum(token.text in self._vocabulary or token.text in little(self._language) for token in parts)

    def knows(self, word: str) -> bool:
        """Whether it is a word of the commands' own."""
        return word in self._vocabulary

    def _likely(self, sentence: _Sentence, former: str) -> list[Template]:
        """Templates of which at most one thing that they cannot do without is missing, the fewest missing first."""
        heard = self._heard(sentence)
        kinds = {span.kind for span in sentence.spans}
        guarded = exact(self._language)
        found: dict[int, set[int]] = {number: set() for number in self._wanting}
        for piece in heard:
            for number, index in self._holders.get(piece, ()):
                found.setdefault(number, set()).add(index)
        ranked = []
        for number, indices in found.items():
            template, wanted = self._grammar.templates[number], self._wanted[number]
            lacking = len(wanted) - len(indices)
            if lacking > (0 if template.needs & FREE else 1) or template.needs - kinds - FREE - {APPLICATION}:
                continue
            if template.follows and former not in template.follows:
                continue
            missing = [clause for index, clause in enumerate(wanted) if index not in indices]
            if not any(clause <= guarded for clause in missing):
                ranked.append((lacking - len(indices), lacking, number))
        return [self._grammar.templates[number] for *_, number in heapq.nsmallest(_TEMPLATES, ranked)]

    def _heard(self, sentence: _Sentence) -> set[str]:
        """The pieces of templates that the sentence holds, or something like them."""
        plain = normalise.join(sentence.parts)[0]
        text = plain.replace(" ", "") if self._language == "zh" else plain
        heard = {fragment for fragment in self._fragments if fragment in text}
        if self._language == "zh":
            return heard | self._sounding(text)
        from rapidfuzz import fuzz, process

        words = [token.text for token in sentence.parts]
        pairs = ["".join(pair) for pair in itertools.pairwise(words)]
        for word in {*words, *pairs}:
            if len(word) > 2 and word not in heard and word not in little(self._language):
                near = process.extract(word, self._fragments, scorer=fuzz.ratio, limit=6, score_cutoff=100 * _ALIKE)
                heard |= {fragment for fragment, _, _ in near}
                heard |= set(self._by_sound().get(likeness.sound(word, self._language), ()))
        return heard

    def _by_sound(self) -> dict[str, list[str]]:
        if not self._sounds:
            for fragment in self._fragments:
                self._sounds.setdefault(likeness.sound(fragment, self._language), []).append(fragment)
        return self._sounds

    def _sounding(self, text: str) -> set[str]:
        """Chinese: whose syllables are among those of the text."""
        said = f" {likeness.sound(text, 'zh')} "
        return {piece for sound, pieces in self._by_sound().items() if f" {sound} " in said for piece in pieces}


class _Search:
    """The cheapest reading of a sentence along one template."""

    def __init__(
        self,
        tolerant: Tolerant,
        template: Template,
        sentence: _Sentence,
        near: Mapping[str, frozenset[str]],
        applications: Mapping[str, str],
    ) -> None:
        self._tolerant = tolerant
        self._near = near
        self._template = template
        self._sentence = sentence
        self._applications = applications
        self._language = template.language
        self._words = [token.text for token in sentence.parts]
        self._exact = exact(self._language)
        self._little = little(self._language)
        self._whole = self._exact | self._little
        self._negations = negations(self._language)
        self._telling = telling(self._language)
        named = {slot for slot, lists in tolerant.slots(template).items() if lists & FREE and lists - FREE - {*KINDS}}
        self._named = named  # an unknown name is no free text here: the strict pass knows what to do with it
        self._counter = itertools.count()
        self._heap: list[tuple[float, int, int, int, _Trail]] = []
        self._ahead = self._least()

    def _least(self) -> list[float]:
        """What the rest of the sentence costs at the least, from each word on: what has no place in the template."""
        lists = self._template.lattice.lists
        if any(names & FREE and slot not in self._named for slot, names in lists.items()):
            return [0.0] * (len(self._words) + 1)
        spared = _NAME_WORDS if any(names - FREE - {*KINDS} for names in lists.values()) else 0
        kinds = frozenset[str]().union(*lists.values())
        placed = {i for span in self._sentence.spans if span.kind in kinds for i in range(span.start, span.end)}
        words = self._template.lattice.words
        for at, pair in enumerate(itertools.pairwise(self._words)):
            if self._near.get("".join(pair), frozenset()) & words:
                placed |= {at, at + 1}
        ahead = [0.0]
        for at in range(len(self._words) - 1, -1, -1):
            word = self._words[at]
            fits = at in placed or word in words or self._near[word] & words or len(word) < _SHORT
            price = 0.0 if fits else self._too_many(at)
            ahead.append(ahead[-1] + (min(price, _WORD) if spared else price))
        return [max(0.0, least - spared) for least in reversed(ahead)]

    def _too_many(self, at: int) -> float:
        """What a word costs that has no place."""
        word = self._words[at]
        if word in self._exact or word in self._telling or self._is_number(at):
            return _NEVER
        return _LITTLE_COST if word in self._little else self._weight(word)

    def run(self) -> Reading | None:
        lattice = self._template.lattice
        self._heap = []
        self._push(0.0, 0, 0, _Trail())
        done: set[tuple[int, int]] = set()
        for _ in range(_STEPS):
            if not self._heap:
                return None
            cost, _, node, at, trail = heapq.heappop(self._heap)
            if (node, at) in done:
                continue
            done.add((node, at))
            if node in lattice.last and at == len(self._words):
                return self._reading(cost, trail)
            self._leave(cost, node, at, trail)
        return None

    def _leave(self, cost: float, node: int, at: int, trail: _Trail) -> None:
        for edge in self._template.lattice.edges[node]:
            if edge.text:
                self._word(cost, edge, at, trail)
            else:
                self._list(cost, edge, at, trail)
        if at < len(self._words):
            self._push(cost + self._too_many(at), node, at + 1, trail._replace(changed=trail.changed + 1))

    def _is_number(self, at: int) -> bool:
        return at in self._sentence.numbers and self._words[at] not in self._little

    def _push(self, cost: float, node: int, at: int, trail: _Trail) -> None:
        if cost + self._ahead[at] <= _DEAREST and not (trail.free and trail.changed):
            heapq.heappush(self._heap, (cost, next(self._counter), node, at, trail))

    def _weight(self, word: str) -> float:
        if word in self._little:
            return _LITTLE
        return _CHARACTER if normalise.is_cjk(word[0]) else _WORD

    def _word(self, cost: float, edge: Edge, at: int, trail: _Trail) -> None:
        """Heard as it is, like something else, together with the next, or not at all."""
        weight = self._weight(edge.text)
        passed = trail._replace(weight=trail.weight + weight, shown=(*trail.shown, edge.shown), skipped=False)
        if edge.text not in self._exact:
            if edge.text in self._little:
                self._push(cost + _LITTLE_COST, edge.to, at, passed._replace(skipped=True))
            else:
                self._push(cost + weight, edge.to, at, passed._replace(changed=passed.changed + 1))
        if at == len(self._words):
            return
        word = self._words[at]
        heard = passed._replace(surely=passed.surely + (0 if edge.text in self._little else weight))
        if word == edge.text:
            self._push(cost, edge.to, at + 1, heard)
            return
        price = self._price(word, edge.text, at)
        if price is not None:
            self._push(cost + price * weight, edge.to, at + 1, heard)
        self._joined(cost, edge, at, heard)

    def _price(self, word: str, meant: str, at: int) -> float | None:
        """Of one word for another, for each unit of weight."""
        if word in self._exact or meant in self._exact or self._is_number(at):
            return None
        if word in self._telling and not normalise.is_cjk(word):  # a character may be a piece of any word
            return None
        if word in self._little and meant in self._little:
            return _LITTLE_COST / _LITTLE
        if meant in self._little and len(word) < _SHORT and not normalise.is_cjk(word):
            return _SHORT_COST / _LITTLE
        score = likeness.alike(word, meant, self._language) if meant in self._near[word] else 0.0
        if score < _ALIKE:
            return None
        known = _KNOWN if self._tolerant.knows(word) and not word.startswith(meant) else 0.0
        return (1 - score) * _UNLIKE + known

    def _joined(self, cost: float, edge: Edge, at: int, heard: _Trail) -> None:
        """Two words that are one in the template ("screen shot"), and one that is two there."""
        if normalise.is_cjk(edge.text[0]) or normalise.is_cjk(self._words[at][0]):
            return
        if at + 1 < len(self._words):
            price = self._together(self._words[at : at + 2], [edge.text], at)
            if price is not None:
                self._push(cost + price, edge.to, at + 2, heard)
        for second in self._template.lattice.edges[edge.to]:
            price = self._together([self._words[at]], [edge.text, second.text], at) if second.text else None
            if price is not None:
                weight = self._weight(second.text)
                more = heard._replace(
                    weight=heard.weight + weight, surely=heard.surely + weight, shown=(*heard.shown, second.shown)
                )
                self._push(cost + price, second.to, at + 1, more)

    def _together(self, said: Sequence[str], meant: Sequence[str], at: int) -> float | None:
        one, other = "".join(said), "".join(meant)
        if one == other:
            return _LITTLE_COST
        if abs(len(one) - len(other)) > _LETTERS_MORE or not self._whole.isdisjoint((*said, *meant)):
            return None
        if any(self._is_number(at + index) for index in range(len(said))):
            return None
        score = likeness.alike(one, other, self._language)
        return (1 - score) * _UNLIKE + _LITTLE_COST if score >= _TOGETHER else None

    def _list(self, cost: float, edge: Edge, at: int, trail: _Trail) -> None:
        if edge.list_name in KINDS:
            self._values(cost, edge, at, trail)
        elif edge.list_name in FREE:
            self._free(cost, edge, at, trail)
        else:
            self._names(cost, edge, at, trail)

    def _values(self, cost: float, edge: Edge, at: int, trail: _Trail) -> None:
        for span in self._sentence.spans:
            if span.kind == edge.list_name and span.start == at:
                words = self._cut(at, span.end)
                more = self._filled(trail, edge.slot, span.value, words, surely=_WORD)
                self._push(cost, edge.to, span.end, more)

    def _cut(self, start: int, end: int) -> str:
        parts = self._sentence.parts
        return normalise.cut(self._sentence.text, parts[start].start, parts[end - 1].end)

    def _filled(self, trail: _Trail, slot: str, value: Any, shown: str, surely: float) -> _Trail:
        return trail._replace(
            skipped=False,
            weight=trail.weight + _WORD,
            surely=trail.surely + surely,
            shown=(*trail.shown, shown),
            slots=(*trail.slots, (slot, value)),
        )

    def _free(self, cost: float, edge: Edge, at: int, trail: _Trail) -> None:
        if edge.slot in self._named or trail.skipped:
            return
        for end in range(at + 1, len(self._words) + 1):
            if self._words[end - 1] in self._negations or (at == 0 and self._words[end - 1] in self._telling):
                return  # what is not to be done, or only told of, must not vanish in a name
            if all(word in self._little for word in self._words[at:end]) or not self._goes_on(edge.to, end):
                continue
            words = self._cut(at, end)
            more = self._filled(trail, edge.slot, words, words, surely=0.0)
            self._push(cost + _FREE_WORD * (end - at), edge.to, end, more._replace(free=True))

    def _goes_on(self, node: int, at: int) -> bool:
        """Whether the word at that place can come right after that node; nothing is too many behind free text."""
        if at == len(self._words):
            return True
        word = self._words[at]
        edges = self._template.lattice.edges[node]
        return any(edge.list_name or edge.text == word or edge.text in self._near[word] for edge in edges)

    def _names(self, cost: float, edge: Edge, at: int, trail: _Trail) -> None:
        names = self._tolerant.names(self._template.says, edge.list_name, self._applications)
        for end in range(at + 1, min(len(self._words), at + _NAME_WORDS * (2 if self._language == "zh" else 1)) + 1):
            found = names.like(tuple(self._words[at:end]))
            if not found:
                continue
            best, *others = found
            more = self._filled(trail, edge.slot, best.value, best.phrase, surely=_WORD)
            if others:
                more = more._replace(rivals=(*trail.rivals, *((edge.slot, other, best.phrase) for other in others)))
            self._push(cost + (1 - best.likeness) * _UNLIKE, edge.to, end, more)

    def _reading(self, cost: float, trail: _Trail) -> Reading | None:
        """None where too little of it was heard: free text must not swallow what is no command."""
        if trail.surely < _WORD or (trail.free and trail.surely < 2 * _WORD):
            return None
        score = 1 - cost / max(trail.weight, _WORD)
        shown = _joined(trail.shown, self._language)
        return Reading(self._template, score, dict(trail.slots), shown, trail.free, trail.rivals)


def _joined(words: Sequence[str], language: str) -> str:
    """A line to be shown and said."""
    line = ""
    for word in filter(None, words):
        apart = line and not (normalise.is_cjk(line[-1]) or normalise.is_cjk(word[0]))
        line += f" {word}" if apart else word
    return line


@cache
def exact(language: str) -> frozenset[str]:
    """Words that say the opposite of another, or that not: only as they are."""
    data = table(language)
    opposed = itertools.chain.from_iterable(data.get("opposites", ()))
    return frozenset((*opposed, *data.get("negations", ())))


@cache
def negations(language: str) -> frozenset[str]:
    return frozenset(table(language).get("negations", ()))


@cache
def telling(language: str) -> frozenset[str]:
    """Words of somebody who tells, and asks for nothing."""
    return frozenset(table(language).get("telling", ()))


@cache
def little(language: str) -> frozenset[str]:
    """Words that change nothing where they are left out, and unless they are `telling` where they are put in."""
    return frozenset(table(language).get("little", ())) - exact(language)
