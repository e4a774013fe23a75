"""Yes and no."""

from __future__ import annotations

from functools import cache

from . import normalise
from .languages import KNOWN, table


def affirmed(text: str, language: str) -> bool | None:
    """True for yes, False for no, None for neither: only where the whole utterance says so.

    The sentence's language decides first, then English, then the others: short answers are often heard as
    another language.
    """
    order = dict.fromkeys((*((language,) if language in KNOWN else ()), "en", *KNOWN))
    for code in order:
        said = _short(text, code)
        if said in _said(code, "no"):
            return False
        if said in _said(code, "yes"):
            return True
    return None


def _short(text: str, language: str) -> str:
    """Folded, a word said again and again counting once: "no, no, no"."""
    words: list[str] = []
    for token in normalise.tokens(text, language):
        if not words or token.text != words[-1]:
            words.append(token.text)
    return "".join(words) if language == "zh" else " ".join(words)


@cache
def _said(language: str, answer: str) -> frozenset[str]:
    return frozenset(_short(phrase, language) for phrase in table(language).get(answer, ()))
