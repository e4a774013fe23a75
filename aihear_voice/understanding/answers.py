"""Yes and no, and which of two."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from . import likeness, normalise
from .languages import KNOWN, table

_NAMED = 0.7  # likeness from which an answer names an option
_CLEARLY = 0.1  # more than it names any other


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


def picked(text: str, language: str, options: Sequence[str]) -> int | None:
    """Which of the sentences that were offered an answer chooses: by its place, or by what only it says.

    None for neither of them, and where the answer is not clear.
    """
    order = dict.fromkeys((*((language,) if language in KNOWN else ()), "en"))
    for code in order:
        words = _without_fuss(tuple(token.text for token in normalise.tokens(text, code)), code)
        if words in _phrases(code, "neither") or _kinds(words, code) == {False}:
            return None
        for place, key in enumerate(("first", "second", "third")[: len(options)]):
            if words in _phrases(code, key):
                return place
    return _by_name(text, language, options)


def _by_name(text: str, language: str, options: Sequence[str]) -> int | None:
    """By the words in which the options differ."""
    words = [tuple(token.text for token in normalise.tokens(option, language)) for option in options]
    shared = set(words[0]).intersection(*words[1:])
    said = [token.text for token in normalise.tokens(text, language) if token.text not in shared]
    scores = [_likeness(said, [word for word in each if word not in shared], language) for each in words]
    best = max(range(len(scores)), key=lambda index: scores[index])
    others = [score for index, score in enumerate(scores) if index != best]
    return best if scores[best] >= _NAMED and scores[best] - max(others) >= _CLEARLY else None


def _likeness(said: Sequence[str], own: Sequence[str], language: str) -> float:
    """Of the name of an option to the words of the answer that are most like it."""
    name = "".join(own)
    spans = ("".join(said[i:j]) for i in range(len(said)) for j in range(i + 1, len(said) + 1))
    return max((likeness.alike(span, name, language) for span in spans), default=0.0) if name else 0.0


def _without_fuss(words: tuple[str, ...], language: str) -> tuple[str, ...]:
    """Without "please" and the like."""
    for phrase in (*_phrases(language, "closings"), *_phrases(language, "openings")):
        if len(words) > len(phrase):
            words = words[: -len(phrase)] if words[-len(phrase) :] == phrase else words
            words = words[len(phrase) :] if words[: len(phrase)] == phrase else words
    return words


@cache
def _phrases(language: str, key: str) -> frozenset[tuple[str, ...]]:
    found = table(language).get(key, ())
    return frozenset(tuple(token.text for token in normalise.tokens(phrase, language)) for phrase in found)
