"""Letters and figures said one by one: "capital alpha bravo seven dash x ray". Pure functions."""

from __future__ import annotations

import functools
import re
import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_CJK = "\u2e80-\u9fff"
_TOKEN = re.compile(rf"[{_CJK}]|(?:(?![{_CJK}])[^\W\d_])+(?:['’](?:(?![{_CJK}])[^\W\d_])+)*|\d|[^\w\s]|_")
_PAUSES = ".,;:!?-–…。，、"  # what Whisper writes between letters, and means nothing by


@dataclass(frozen=True)
class Alphabet:
    """signs: what words stand for, longest first; capitals: words before a large letter."""

    signs: Mapping[tuple[str, ...], str]
    capitals: frozenset[tuple[str, ...]]
    longest: int


@functools.cache
def alphabet_of(code: str) -> Alphabet:
    """English where spelling.toml has nothing for that language; its names are known in all of them."""
    tables = tomllib.loads((Path(__file__).parent / "spelling.toml").read_text(encoding="utf-8"))
    signs: dict[tuple[str, ...], str] = {}
    capitals: set[tuple[str, ...]] = set()
    for table in (tables["en"], tables.get(code, {})):
        for sign, names in (*table.get("letters", {}).items(), *table.get("signs", {}).items()):
            signs |= {_words(name): sign for name in names}
        capitals |= {_words(name) for name in table.get("capital", ())}
    return Alphabet(signs, frozenset(capitals), max(map(len, (*signs, *capitals))))


def _words(name: str) -> tuple[str, ...]:
    return tuple(_fold(word) for word in _TOKEN.findall(name))


def _fold(word: str) -> str:
    bare = unicodedata.normalize("NFD", word.casefold())
    return "".join(char for char in bare if unicodedata.category(char) != "Mn" or char == "\u0308")


def spelled(text: str, code: str) -> str | None:
    """What the letters, figures and signs make; None where a word is none of these."""
    alphabet = alphabet_of(code)
    tokens = _TOKEN.findall(text)
    made, at, large = "", 0, False
    while at < len(tokens):
        size, sign = _at(tokens, at, alphabet)
        if sign is None:
            return None
        at += size
        if sign == _CAPITAL:
            large = True
        elif sign:
            made += sign.upper() if large else sign
            large = False
    return made


_CAPITAL = "\x00"


def _at(tokens: Sequence[str], at: int, alphabet: Alphabet) -> tuple[int, str | None]:
    """How many tokens are one sign there, and which."""
    for size in range(min(alphabet.longest, len(tokens) - at), 0, -1):
        words = tuple(_fold(token) for token in tokens[at : at + size])
        if words in alphabet.capitals:
            return size, _CAPITAL
        if words in alphabet.signs:
            return size, alphabet.signs[words]
    token = tokens[at]
    if len(token) == 1 and (token.isalpha() or token.isdigit()):
        return 1, token.lower()
    if token in _PAUSES:
        return 1, ""
    if not token.isalnum():
        return 1, token
    return (1, token.lower()) if token.isupper() and len(token) <= 6 else (1, None)  # "ABC": said letter by letter
