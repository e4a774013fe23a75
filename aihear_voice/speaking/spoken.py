"""What our own voice says at which moment, and whether what was heard is that."""

from __future__ import annotations

import unicodedata

ALIKE = 75.0  # per cent of letters in order
SHORT = 10  # letters, below which three in four are found in any sentence
ALIKE_SHORT = 90.0
SLACK_S = 0.6  # letters are no exact clock: so much, and
SLACK_PART = 0.08  # so much of the whole


def words_between(text: str, interval: tuple[float, float], start: float, end: float) -> str:
    """The words of `text`, spoken evenly over `interval`, that fall between `start` and `end` or nearly."""
    first, last = interval
    slack = SLACK_S + SLACK_PART * (last - first)
    if not text or last <= first or end + slack < first or start - slack > last:
        return ""
    a, b = ((moment - first) / (last - first) * len(text) for moment in (start - slack, end + slack))
    left = text.rfind(" ", 0, max(0, int(a))) + 1
    right = text.find(" ", min(len(text), int(b) + 1))
    return text[left:] if right < 0 else text[left:right]


def resembles(heard: str, spoken: str) -> bool:
    """Whether `heard` is, but for misheard letters, a part of `spoken`."""
    from rapidfuzz import fuzz

    heard, spoken = _letters(heard), _letters(spoken)
    needed = ALIKE if len(heard) >= SHORT else ALIKE_SHORT
    return bool(heard) and len(heard) <= len(spoken) * 1.3 and fuzz.partial_ratio(heard, spoken) >= needed


def _letters(text: str) -> str:
    return "".join(letter for letter in unicodedata.normalize("NFKC", text).casefold() if letter.isalnum())
