"""Words made comparable: case, punctuation, numbers, short forms and spelling must not count as mistakes."""

from __future__ import annotations

import functools
import json
import re
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import util
from pathlib import Path
from typing import Any

from . import numbers

# Scripts without spaces are compared by character: nothing here can cut them into words.
_UNSPACED = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_PIECE = re.compile(rf"[{_UNSPACED}]|[^\s{_UNSPACED}]+")
_PART = re.compile(r"\d+(?:[.,]\d+)*(?:st|nd|rd|th)?|[^\W\d_]+(?:'[^\W\d_]+)*|[%&+°]")
_THOUSANDS = re.compile(r"\d{1,3}(?:[.,]\d{3})+")
_SAID = "%&+°"  # marks that are words
_SIGNS: Mapping[str, Mapping[str, str]] = {
    "en": {"%": "percent", "&": "and", "+": "plus", "°": "degrees", ".": "point", ",": "point"},
    "de": {"%": "prozent", "&": "und", "+": "plus", "°": "grad", ".": "punkt", ",": "komma"},
    "es": {"%": "por ciento", "&": "y", "+": "más", "°": "grados", ".": "punto", ",": "coma"},
    "fr": {"%": "pour cent", "&": "et", "+": "plus", "°": "degrés", ".": "point", ",": "virgule"},
    "zh": {"%": "%", "&": "和", "+": "加", "°": "度", ".": "点", ",": "点"},
}


@dataclass(frozen=True, slots=True)
class Unit:
    """The smallest thing compared: "twenty-five" is two of them.

    text: folded; word: index of the word it comes from; spelt: as it is written, for those who read it aloud
    """

    text: str
    word: int
    spelt: str


def split(text: str) -> list[str]:
    """The words as they are written, without the marks around them; a Chinese or Japanese character is a word."""
    pieces = (_bare(piece) for piece in _PIECE.findall(text))
    return [piece for piece in pieces if any(mark.isalnum() or mark in _SAID for mark in piece)]


def _bare(piece: str) -> str:
    start, end = 0, len(piece)
    while start < end and not (piece[start].isalnum() or piece[start] in _SAID):
        start += 1
    while end > start and not (piece[end - 1].isalnum() or piece[end - 1] in _SAID):
        end -= 1
    return piece[start:end]


def units(words: Sequence[str], language: str, other: Sequence[str] = ()) -> list[Unit]:
    """words: as `split` gives them.

    other: the words that they will be compared with; a number is read in the way that these have it, where
        there are several ways ("1984").
    """
    context = [_sound(part, language) for word in other for part in _parts(word, language, ())]
    return [
        Unit(_sound(part, language), index, part)
        for index, word in enumerate(words)
        for part in _parts(word, language, context)
    ]


def _parts(word: str, language: str, context: Sequence[str]) -> Iterator[str]:
    text = unicodedata.normalize("NFKC", word).casefold().replace("’", "'")
    for part in _PART.findall(_long_form(text, language)):
        if part[0].isdigit():
            yield from _number(part, language, context)
        elif part in _SAID:
            yield from _SIGNS.get(language, {}).get(part, part).split()
        else:
            yield part


def _number(part: str, language: str, context: Sequence[str]) -> Iterator[str]:
    if part[-1].isalpha():
        yield from numbers.ordinal(re.sub(r"\D", "", part))
        return
    if _THOUSANDS.fullmatch(part):
        part = re.sub(r"\D", "", part)
    for piece in re.split(r"([.,])", part):
        if piece in ".,":
            yield from _SIGNS.get(language, {}).get(piece, "").split()
            continue
        ways = numbers.readings(piece, language)
        yield from next((way for way in ways if _within([_sound(text, language) for text in way], context)), ways[0])


def _within(few: Sequence[str], many: Sequence[str]) -> bool:
    return any(tuple(many[at : at + len(few)]) == tuple(few) for at in range(len(many) - len(few) + 1))


def _long_form(text: str, language: str) -> str:
    """ "isn't" -> "is not"."""
    table = _table(language)
    if text in table.get("short", {}):
        return str(table["short"][text])
    for ending, full in table.get("endings", {}).items():
        if text.endswith(ending):
            return text.removesuffix(ending) + str(full)
    if text.endswith("'s") and text[:-2] in table.get("is", ()):
        return text[:-2] + " is"
    return text


@functools.lru_cache(maxsize=4096)
def _sound(word: str, language: str) -> str:
    """The spelling that stands for all that sound the same."""
    word = word.replace("'", "")
    if language == "en":
        word = _american().get(word, word)
        word = "".join(mark for mark in unicodedata.normalize("NFD", word) if not unicodedata.combining(mark))
    for pattern, instead in _table(language).get("letters", ()):
        word = re.sub(pattern, instead, word) or word
    return _first_of(language).get(word, word)


@functools.cache
def _first_of(language: str) -> dict[str, str]:
    groups = [group.split() for group in _table(language).get("groups", ())]
    return {word.replace("'", ""): group[0] for group in groups for word in group}


@functools.cache
def _tables() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("same.toml").read_text(encoding="utf-8"))


def _table(language: str) -> dict[str, Any]:
    table: dict[str, Any] = _tables().get(language, {})
    return table


@functools.cache
def _american() -> dict[str, str]:
    """British to American spelling, from Whisper's own list; found without importing Whisper, which takes seconds."""
    spec = util.find_spec("whisper")
    for folder in (spec.submodule_search_locations if spec else None) or ():
        path = Path(folder) / "normalizers" / "english.json"
        if path.is_file():
            table: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
            return table
    return {}


def language_of(text: str) -> str:
    """The language of a text by its commonest words, else by its letters; "" where they do not tell."""
    folded = text.casefold()
    if re.search(f"[{_UNSPACED}]", folded):
        return "zh"
    words = set(re.findall(r"[^\W\d_]+(?:'[^\W\d_]+)*", folded))
    counts = {language: len(words & set(table.get("common", ()))) for language, table in _tables().items()}
    best, *others = sorted(counts.values(), reverse=True)
    if best > max(others, default=0):
        return max(counts, key=counts.__getitem__)
    letters = (language for language, table in _tables().items() if re.search(table.get("own_letters", "(?!)"), folded))
    return next(letters, "")
