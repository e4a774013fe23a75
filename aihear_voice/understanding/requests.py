"""Where a sentence may be two requests: "turn the volume down and open the browser"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache

from . import normalise
from .languages import table
from .normalise import Token

MOST = 3  # requests in one breath
LONGEST = 50  # words, or Chinese characters, of them all
_STOPS = re.compile(r"[.;!?,。；！？，]")


def halves(text: str, parts: Sequence[Token], language: str) -> Iterator[tuple[str, str]]:
    """The two sides of each "and", "then" or the like, and of each mark, as they were written."""
    if len(parts) > LONGEST:
        return
    words = tuple(token.text for token in parts)
    for at in range(1, len(parts)):
        length = next((len(join) for join in _joins(language) if words[at : at + len(join)] == join), 0)
        between = text[parts[at - 1].end : parts[at].start]
        if at + length < len(parts) and (length or _STOPS.search(between)):
            yield text[: parts[at - 1].end].strip(), text[parts[at + length].start :].strip()


@cache
def _joins(language: str) -> tuple[tuple[str, ...], ...]:
    """The longest first."""
    phrases = (tuple(t.text for t in normalise.tokens(phrase, language)) for phrase in table(language).get("joins", ()))
    return tuple(sorted(phrases, key=len, reverse=True))
