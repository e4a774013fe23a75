"""Yes and no."""

from __future__ import annotations

from functools import cache

from . import normalise
from .languages import KNOWN, table


def affirmed(text: str, language: str) -> bool | None:
    """True for yes, False for no, None for neither: only where the whole utterance says so ("yes, sure, please").

    The sentence's language decides first, then English, then the others: short answers are often heard as
    another language.
    """
    order = dict.fromkeys((*((language,) if language in KNOWN else ()), "en", *KNOWN))
    for code in order:
        words = tuple(token.text for token in normalise.tokens(text, code))
        said = _kinds(words, code)
        if said == {False}:
            return False
        if said == {True}:
            return True
    return None


def _kinds(words: tuple[str, ...], language: str) -> set[bool]:
    """Which answers the words are made of; none where anything else is among them."""
    kinds: set[bool] = set()
    while words:
        found = next((answer for answer in _answers(language) if words[: len(answer[0])] == answer[0]), None)
        if found is None:
            return set()
        words = words[len(found[0]) :]
        kinds |= set() if found[1] is None else {found[1]}
    return kinds


@cache
def _answers(language: str) -> tuple[tuple[tuple[str, ...], bool | None], ...]:
    """Phrases, longest first, and what they say; None for mere politeness."""
    meanings: dict[tuple[str, ...], bool | None] = {}
    for key, meaning in (("closings", None), ("yes", True), ("no", False)):
        for phrase in table(language).get(key, ()):
            meanings[tuple(token.text for token in normalise.tokens(phrase, language))] = meaning
    return tuple(sorted(meanings.items(), key=lambda pair: -len(pair[0])))
