"""From the alignment of tokens with sound to words: pure functions."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ..types import Word
from .tokens import Tokens

_BEFORE = "\"'“¿([{-"  # marks that belong to the word behind them
_BEHIND = "\"'.。,，!！?？:：”)]}、"  # and to the word in front of them
_STEP_S = 0.02  # of the encoder
_LONGEST_S = 1.4  # of a word; attention lingers where nothing is said
_USUAL = 2.0  # times the median length: a word beside a pause is cut to it


def from_path(
    path: Sequence[tuple[int, int]],
    probabilities: Sequence[float],
    tokens: Sequence[int],
    coder: Tokens,
    language: str,
) -> list[Word]:
    """path: (token, position of the encoder) in order, as time warping gives it, one token more for the end of text.

    probabilities: of each token. Times in seconds from the beginning of the window.
    """
    begins: dict[int, float] = {}
    for token, position in path:
        begins.setdefault(token, position * _STEP_S)
    last = path[-1][1] * _STEP_S if path else 0.0
    words = []
    at = 0
    for group in coder.words(tokens, language):
        after = at + len(group)
        start, end = begins.get(at, last), begins.get(after, last)
        words.append(Word(coder.decode(group), start, max(start, end), float(np.mean(probabilities[at:after]))))
        at = after
    return merged(shortened(words))


def shortened(words: Sequence[Word]) -> list[Word]:
    """A word beside a pause seems to last through it; it is cut to twice the usual length."""
    lengths = [word.end - word.start for word in words if word.end > word.start]
    most = min(_LONGEST_S, _USUAL * float(np.median(lengths))) if lengths else 0.0
    found = []
    for index, word in enumerate(words):
        after_pause = index == 0 or words[index - 1].text.strip() in _BEHIND
        before_pause = index == len(words) - 1 or words[index + 1].text.strip() in _BEHIND
        if word.end - word.start > most and after_pause:
            word = replace(word, start=word.end - most)
        elif word.end - word.start > most and before_pause:
            word = replace(word, end=word.start + most)
        found.append(word)
    return found


def merged(words: Sequence[Word]) -> list[Word]:
    """Marks join their words."""
    found: list[Word] = []
    for word in words:
        mark = word.text.strip()
        if found and mark and mark in _BEHIND and not word.text.startswith(" "):
            found[-1] = replace(found[-1], text=found[-1].text + word.text)
        elif found and found[-1].text.startswith(" ") and found[-1].text.strip() in _BEFORE and mark:
            found[-1] = replace(word, text=found[-1].text + word.text)
        else:
            found.append(word)
    return found


def by_segment(words: Sequence[Word], segments: Sequence[str]) -> list[list[Word]]:
    """Words of the joined segments, for each segment; a word across a joint goes to the first."""
    ends = itertools.accumulate(len(text) for text in segments)
    parts: list[list[Word]] = []
    at = 0
    rest = list(words)
    for end in ends:
        part = []
        while rest and at < end:
            at += len(rest[0].text)
            part.append(rest.pop(0))
        parts.append(part)
    return parts
