"""How alike two words sound: what a recogniser may have written for what was said."""

from __future__ import annotations

import re
from functools import cache, lru_cache

from .languages import table
from .normalise import is_cjk

SAME_SOUND = 0.9  # spelt otherwise, but with the same sounds
NEAR_SOUND = 0.8  # Chinese: zh for z, ng for n and the like
_LEAST_LETTERS = 3  # shorter words sound like too many others
_VOWELS = re.compile(r"[aeiou]")


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
        return _blurred(_pinyin(word))
    if language == "en":
        from jellyfish import metaphone

        return f"{bool(_VOWELS.match(word))}{metaphone(word)}" if word.isascii() else word
    for pattern, letters in _sounds(language):
        word = pattern.sub(letters, word)
    return word


def _chinese(heard: str, meant: str) -> float:
    if len(heard) != len(meant):
        return 0.0
    said, wanted = _pinyin(heard), _pinyin(meant)
    if said == wanted:
        return SAME_SOUND
    return NEAR_SOUND if _blurred(said) == _blurred(wanted) else 0.0


@lru_cache(maxsize=16_384)
def _pinyin(characters: str) -> tuple[str, ...]:
    """Without tones."""
    from pypinyin import lazy_pinyin

    return tuple(lazy_pinyin(characters))


def _blurred(syllables: tuple[str, ...]) -> str:
    """What speakers and recognisers mix up."""
    text = " ".join(syllables)
    for pattern, letters in _sounds("zh"):
        text = pattern.sub(letters, text)
    return text


@cache
def _sounds(language: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple((re.compile(pattern), letters) for pattern, letters in table(language).get("sounds", ()))
