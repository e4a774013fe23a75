"""Which heard word stands for which wanted word: the cheapest way from one text to the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

Alike = Callable[[Sequence[int], Sequence[int]], float]  # of words by their numbers, one or two each: 0-1

# Likeness (of the spelling: Levenshtein; or of the sounds) from which another word may be the wanted one, badly said or
# badly heard ("think" and "sink" .6, "girl" and "gal" .5). A guess from such pairs, not fitted to recordings.
NEAR = 0.5
_MISSING = 1.0  # cost of a wanted word without a heard one, and the reverse
_OTHER = 1.95  # of an unlike word in its place: hardly less than missing it and adding the other
_JOIN = 2  # "everybody" may be heard as "every body"


@dataclass(frozen=True, slots=True)
class Pair:
    """wanted, heard: indices, empty for what was added or left out; likeness: 0-1."""

    wanted: tuple[int, ...]
    heard: tuple[int, ...]
    likeness: float


def align(wanted: Sequence[str], heard: Sequence[str], alike: Alike | None = None) -> list[Pair]:
    """In order; each index of both comes exactly once. alike: how much words have in common, else their spelling."""
    compared = alike or _spelling(wanted, heard)
    rows, columns = len(wanted) + 1, len(heard) + 1
    cost = [[0.0] * columns for _ in range(rows)]
    step: list[list[Pair | None]] = [[None] * columns for _ in range(rows)]
    for row in range(rows):
        for column in range(columns):
            if row or column:
                cost[row][column], step[row][column] = _cheapest(compared, row, column, cost)
    return _way(step)


def _spelling(wanted: Sequence[str], heard: Sequence[str]) -> Alike:
    return lambda left, right: likeness("".join(wanted[i] for i in left), "".join(heard[i] for i in right))


def _cheapest(alike: Alike, row: int, column: int, cost: Sequence[Sequence[float]]) -> tuple[float, Pair]:
    pairs = [_pair(alike, row, column, *size) for size in _sizes(row, column)]
    priced = [(_price(pair) + cost[row - len(pair.wanted)][column - len(pair.heard)], pair) for pair in pairs]
    return min(priced, key=lambda item: item[0])


def _sizes(row: int, column: int) -> list[tuple[int, int]]:
    sizes = [(1, 1), (1, 0), (0, 1), (1, _JOIN), (_JOIN, 1)]
    return [(down, across) for down, across in sizes if down <= row and across <= column]


def _pair(alike: Alike, row: int, column: int, down: int, across: int) -> Pair:
    left, right = tuple(range(row - down, row)), tuple(range(column - across, column))
    return Pair(left, right, alike(left, right) if left and right else 0.0)


def _price(pair: Pair) -> float:
    if not (pair.wanted and pair.heard):
        return _MISSING
    if len(pair.wanted) != len(pair.heard):  # joined words must agree closely, or anything could be joined
        return 0.1 + 2 * (1 - pair.likeness) if pair.likeness >= 0.8 else 3 * _OTHER
    return 2 * (1 - pair.likeness) if pair.likeness >= NEAR else _OTHER


def likeness(one: str, other: str) -> float:
    """0-1, of the spelling. A word of one letter is like no other."""
    from rapidfuzz.distance import Levenshtein

    if min(len(one), len(other)) == 1:
        return float(one == other)
    return float(Levenshtein.normalized_similarity(one, other))


def _way(step: Sequence[Sequence[Pair | None]]) -> list[Pair]:
    found: list[Pair] = []
    row, column = len(step) - 1, len(step[0]) - 1
    while (pair := step[row][column]) is not None:
        found.append(pair)
        row, column = row - len(pair.wanted), column - len(pair.heard)
    return found[::-1]
