"""Signs in a text that it was not said: pure functions."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

_MOST = {1: 8, 2: 5, 3: 4}  # so many times in a row may a phrase of so many words be said
_MOST_LONG = 3  # and a longer one
_LONGEST_PHRASE = 12  # words
_HAN = re.compile(r"[぀-ヿ㐀-䶿一-鿿]|[^\W_]+(?:['’][^\W_]+)?")


def words(text: str) -> list[str]:
    """Lower case, without punctuation; each Chinese or Japanese character is a word."""
    return _HAN.findall(unicodedata.normalize("NFKC", text).casefold())


def loops(text: str) -> bool:
    """Whether a phrase repeats more often in a row than people do: Whisper's commonest failure."""
    said = words(text)
    return any(_repeats(said, size) > _MOST.get(size, _MOST_LONG) for size in range(1, _LONGEST_PHRASE + 1))


def _repeats(said: Sequence[str], size: int) -> int:
    """How often a phrase of `size` words follows itself, at most."""
    most = run = 1
    matched = 0
    for here in range(size, len(said)):
        matched = matched + 1 if said[here] == said[here - size] else 0
        run = 1 + matched // size
        most = max(most, run)
    return most


def echoes(text: str, prompt: str) -> bool:
    """Whether the text is nothing but two or more words of the prompt, in its order: Whisper reading it out."""
    said, given = words(text), words(prompt)
    if len(said) < 2:
        return False
    return any(given[start : start + len(said)] == said for start in range(len(given)))


def same(one: str, other: str) -> bool:
    """Whether two texts say the same, whatever their case and punctuation."""
    return words(one) == words(other)
