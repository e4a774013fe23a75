"""A sentence template as a graph of words: what the tolerant pass reads a sentence along.

Words are put together from the pieces that templates are written in ("timer[s]", "(un|)mute"); a Chinese character is
a word of its own. Nothing is expanded: a template with a thousand readings has some thirty nodes.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from . import normalise

if TYPE_CHECKING:
    from .speaker import Sentences

_RUNS = re.compile(r"\s+|[\u3400-\u4dbf\u4e00-\u9fff]|[^\s\u3400-\u4dbf\u4e00-\u9fff]+")
_WORDS_AT_A_PLACE = 64  # "(a|b)(c|d)…" written as one word
_DEEPEST = 20  # rules in rules
_PHRASES = 64  # readings of a list's value


class Edge(NamedTuple):
    """From a node to the next.

    text: a folded word, or "" where it is a list; shown: the word as its author wrote it
    list_name, slot: the list's, and the slot that its value goes to
    """

    to: int
    text: str = ""
    shown: str = ""
    list_name: str = ""
    slot: str = ""


@dataclass(frozen=True)
class Lattice:
    """edges: by node, 0 is the first; last: where it can end; lists: names of those in it, by slot; words: all"""

    edges: tuple[tuple[Edge, ...], ...]
    last: frozenset[int]
    lists: dict[str, frozenset[str]]
    words: frozenset[str]


class _Pieces:
    """The template as it is written: words in pieces, gaps between them, lists. Edges of kind gap, piece, list."""

    def __init__(self, says: Sentences, language: str) -> None:
        self.out: list[list[tuple[str, Any, int]]] = []
        self._says = says
        self._language = language
        self._parsed: dict[str, Any] = {}

    def node(self) -> int:
        self.out.append([])
        return len(self.out) - 1

    def add(self, expression: Any, start: int, depth: int = 0) -> int:
        """Where it ends."""
        from hassil import Alternative, Group, ListReference, RuleReference, TextChunk
        from hassil.expression import Permutation

        if isinstance(expression, TextChunk):
            return self._text(str(expression.original_text), start)
        if isinstance(expression, ListReference):
            return self._edge(start, "list", (expression.list_name, expression.slot_name))
        if isinstance(expression, RuleReference):
            return self.add(self._rule(expression.rule_name), start, depth + 1) if depth < _DEEPEST else start
        if isinstance(expression, Permutation):
            orders = [list(order) for order in itertools.islice(itertools.permutations(expression.items), 24)]
            return self._alternatives([self._chain(order, start, depth) for order in orders])
        if isinstance(expression, Alternative):
            return self._alternatives([self.add(item, start, depth + 1) for item in expression.items])
        return self._chain(expression.items, start, depth) if isinstance(expression, Group) else start

    def _chain(self, items: list[Any], start: int, depth: int) -> int:
        for item in items:
            start = self.add(item, start, depth + 1)
        return start

    def _alternatives(self, ends: list[int]) -> int:
        end = self.node()
        for each in ends:
            self.out[each].append(("empty", None, end))
        return end

    def _text(self, text: str, start: int) -> int:
        for run in _RUNS.findall(normalise.elided(text, self._language)):
            if not any(character.isalnum() or character == "%" for character in run):
                start = self._edge(start, "gap", None)
            elif normalise.is_cjk(run):
                start = self._edge(self._edge(self._edge(start, "gap", None), "piece", run), "gap", None)
            else:
                start = self._edge(start, "piece", run)
        return start

    def _edge(self, start: int, kind: str, what: Any) -> int:
        end = self.node()
        self.out[start].append((kind, what, end))
        return end

    def _rule(self, name: str) -> Any:
        from hassil import parse_sentence

        if name not in self._parsed:
            self._parsed[name] = parse_sentence(self._says.rules[name]).expression
        return self._parsed[name]


class _Words:
    """The same with whole words: nodes are numbered as they are found."""

    def __init__(self, pieces: _Pieces, end: int, language: str) -> None:
        self._pieces = pieces
        self._end = end
        self._language = language
        self._numbers: dict[int, int] = {}
        self._edges: list[list[Edge]] = []
        self._last: set[int] = set()

    def build(self, start: int) -> Lattice:
        self._number(start)
        done = 0
        places = list(self._numbers)
        while done < len(places):
            self._leave(places[done])
            done += 1
            places = list(self._numbers)
        lists: dict[str, set[str]] = {}
        for edge in itertools.chain.from_iterable(self._edges):
            if edge.list_name:
                lists.setdefault(edge.slot, set()).add(edge.list_name)
        edges = tuple(tuple(dict.fromkeys(out)) for out in self._edges)
        words = frozenset(edge.text for out in edges for edge in out if edge.text)
        return Lattice(edges, frozenset(self._last), {slot: frozenset(names) for slot, names in lists.items()}, words)

    def _number(self, place: int) -> int:
        if place not in self._numbers:
            self._numbers[place] = self._new()
        return self._numbers[place]

    def _new(self) -> int:
        self._edges.append([])
        return len(self._edges) - 1

    def _leave(self, place: int) -> None:
        """Every word and list that can come next."""
        number = self._numbers[place]
        for at in self._beyond(place, ("empty", "gap")):
            if at == self._end:
                self._last.add(number)
            for kind, what, to in self._pieces.out[at]:
                if kind == "list":
                    self._edges[number].append(Edge(self._number(to), list_name=what[0], slot=what[1]))
                elif kind == "piece":
                    for word, end in itertools.islice(self._spelled(what, to), _WORDS_AT_A_PLACE):
                        self._word(number, word, end)

    def _beyond(self, place: int, kinds: tuple[str, ...]) -> list[int]:
        """The place itself, and what is reached from it by such edges."""
        found = [place]
        for at in found:
            found += [to for kind, _, to in self._pieces.out[at] if kind in kinds and to not in found]
        return found

    def _spelled(self, word: str, place: int) -> Iterator[tuple[str, int]]:
        """The words that begin so, each with the place behind it."""
        ended = False
        for at in self._beyond(place, ("empty",)):
            for kind, what, to in self._pieces.out[at]:
                if kind == "piece":
                    yield from self._spelled(word + what, to)
                elif kind == "gap":
                    yield word, to
                elif kind == "list" and not ended:
                    ended = True
                    yield word, at
            if at == self._end:
                yield word, at

    def _word(self, number: int, word: str, end: int) -> None:
        """A contraction makes several."""
        tokens = normalise.tokens(word, self._language)
        for index, token in enumerate(tokens):
            to = self._number(end) if index == len(tokens) - 1 else self._new()
            self._edges[number].append(Edge(to, token.text, word if index == 0 else ""))
            number = to


def build(source: str, says: Sentences, language: str) -> Lattice:
    """source: a template as its author wrote it"""
    from hassil import parse_sentence

    pieces = _Pieces(says, language)
    start = pieces.node()
    end = pieces.add(parse_sentence(source).expression, start)
    return _Words(pieces, end, language).build(start)


def phrases(template: str, says: Sentences, language: str) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    """The readings of a list's value, in folded words and as they are written."""
    lattice = build(template, says, language)
    yield from itertools.islice(_readings(lattice, 0, ()), _PHRASES)


def _readings(lattice: Lattice, node: int, said: tuple[Edge, ...]) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    if node in lattice.last and said:
        yield tuple(edge.text for edge in said), tuple(edge.shown for edge in said)
    for edge in lattice.edges[node]:
        if edge.text:
            yield from _readings(lattice, edge.to, (*said, edge))
