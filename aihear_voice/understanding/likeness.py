"""How alike two words sound: what a recogniser may have written for what was said."""

from __future__ import annotations

import importlib.util
import json
import re
import unicodedata
from collections.abc import Mapping
from functools import cache, lru_cache
from pathlib import Path

from .languages import table
from .normalise import is_cjk

SAME_SOUND = 0.9  # spelt otherwise, but with the same sounds
NEAR_SOUND = 0.8  # Chinese: zh for z, ng for n and the like
_LEAST_LETTERS = 3  # shorter words sound like too many others
_VOWELS = re.compile(r"[aeiou]")
_TONES = dict.fromkeys(map(ord, "\u0300\u0301\u0304\u030c"))  # falling, rising, level, falling and rising
_PINYIN = "pinyin_dict.json"


@lru_cache(maxsize=65_536)
def alike(heard: str, meant: str, language: str) -> float:
    """0–1 of two folded words, or of phrases without their spaces; 1: the same."""
    if heard == meant:
        return 1.0
    if is_cjk(heard[:1]) or is_cjk(meant[:1]):
        return _chinese(heard, meant)
    from rapidfuzz import fuzz

    spelt = fuzz.ratio(heard, meant) / 100
    if min(len(heard), len(meant)) >= _LEAST_LETTERS and sound(heard, language) == sound(meant, language):
        return max(spelt, SAME_SOUND)
    return spelt


def alike_names(heard: str, meant: str, language: str) -> float:
    """The same of names, which recognisers know fewer of: in English consonants count as much as letters."""
    score = alike(heard, meant, language)
    if language != "en" or not 0 < score < SAME_SOUND or is_cjk(heard[:1]):
        return score
    from rapidfuzz import fuzz

    return max(score, (score + fuzz.ratio(sound(heard, "en"), sound(meant, "en")) / 100) / 2)


@lru_cache(maxsize=65_536)
def sound(word: str, language: str) -> str:
    """Words of the same sound have the same; English by Metaphone, else by the language's `sounds`."""
    if is_cjk(word[:1]):
        return _blurred(" ".join(_readings(character)[0] for character in word))
    if language == "en":
        from jellyfish import metaphone

        return f"{bool(_VOWELS.match(word))}{metaphone(word)}" if word.isascii() else word
    for pattern, letters in _sounds(language):
        word = pattern.sub(letters, word)
    return word


def _chinese(heard: str, meant: str) -> float:
    if len(heard) != len(meant):
        return 0.0
    pairs = [(_readings(said), _readings(wanted)) for said, wanted in zip(heard, meant, strict=True)]
    if all(set(said) & set(wanted) for said, wanted in pairs):
        return SAME_SOUND
    near = all({*map(_blurred, said)} & {*map(_blurred, wanted)} for said, wanted in pairs)
    return NEAR_SOUND if near else 0.0


@lru_cache(maxsize=4_096)
def _readings(character: str) -> tuple[str, ...]:
    """Its syllables, the commonest first, without tones; itself, where it has none."""
    said = unicodedata.normalize("NFD", _pinyin().get(str(ord(character)), character)).translate(_TONES)
    return tuple(dict.fromkeys(unicodedata.normalize("NFC", said).split(",")))


@cache
def _pinyin() -> Mapping[str, str]:
    """By code point. Of pypinyin the one table is read: the package itself loads one of phrases as well, 50 MB."""
    spec = importlib.util.find_spec("pypinyin")
    folder = Path((spec.submodule_search_locations or [""])[0] if spec is not None else "")
    readings: dict[str, str] = json.loads((folder / _PINYIN).read_text(encoding="utf-8"))
    return readings


@lru_cache(maxsize=4_096)
def _blurred(text: str) -> str:
    """What speakers and recognisers mix up."""
    for pattern, letters in _sounds("zh"):
        text = pattern.sub(letters, text)
    return text


@cache
def _sounds(language: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple((re.compile(pattern), letters) for pattern, letters in table(language).get("sounds", ()))
