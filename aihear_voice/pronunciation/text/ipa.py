"""CMUdict's phones in the International Phonetic Alphabet, as learners' dictionaries write American English."""

from __future__ import annotations

from collections.abc import Sequence

from .phones import VOWELS, base, stress

_SIGNS = {
    "AA": "ɑ", "AE": "æ", "AH": "ʌ", "AO": "ɔ", "AW": "aʊ", "AY": "aɪ", "B": "b", "CH": "tʃ", "D": "d", "DH": "ð",
    "EH": "ɛ", "ER": "ɝ", "EY": "eɪ", "F": "f", "G": "ɡ", "HH": "h", "IH": "ɪ", "IY": "i", "JH": "dʒ", "K": "k",
    "L": "l", "M": "m", "N": "n", "NG": "ŋ", "OW": "oʊ", "OY": "ɔɪ", "P": "p", "R": "ɹ", "S": "s", "SH": "ʃ", "T": "t",
    "TH": "θ", "UH": "ʊ", "UW": "u", "V": "v", "W": "w", "Y": "j", "Z": "z", "ZH": "ʒ",
}  # fmt: skip
_UNSTRESSED = {"AH0": "ə", "ER0": "ɚ"}
_FIRST, _SECOND = "ˈ", "ˌ"
# What may begin an English syllable, one consonant aside: a stress mark stands before as much of it as there is.
_ONSETS = frozenset(
    tuple(onset.split())
    for onset in (
        "P R", "P L", "P Y", "B R", "B L", "B Y", "T R", "T W", "D R", "D W", "K R", "K L", "K W", "K Y", "G R", "G L",
        "G W", "F R", "F L", "F Y", "V Y", "TH R", "TH W", "SH R", "HH Y", "M Y", "N Y", "S P", "S T", "S K", "S F",
        "S M", "S N", "S L", "S W", "S P R", "S P L", "S P Y", "S T R", "S K R", "S K W", "S K Y",
    )
)  # fmt: skip


def sign(phone: str) -> str:
    """Of one phone, without stress; what is no phone of CMUdict is given back as it is."""
    return _UNSTRESSED.get(phone) or _SIGNS.get(base(phone), phone)


def spelt(phones: Sequence[str], stressed: int | None = None) -> str:
    """W EH1 DH ER0 -> ˈwɛðɚ.

    stressed: the syllable, from 1, that is marked instead of those that the phones name. A word of one syllable has
    no mark.
    """
    vowels = [place for place, phone in enumerate(phones) if base(phone) in VOWELS]
    marks: dict[int, str] = {}
    if len(vowels) > 1:
        for syllable, place in enumerate(vowels, start=1):
            wanted = stress(phones[place]) if stressed is None else int(syllable == stressed)
            if wanted:
                marks[_begins(phones, place)] = _FIRST if wanted == 1 else _SECOND
    return "".join(marks.get(place, "") + sign(phone) for place, phone in enumerate(phones))


def _begins(phones: Sequence[str], vowel: int) -> int:
    """Where the syllable of that vowel begins: with the longest row of consonants that may begin one."""
    first = vowel
    while first > 0 and base(phones[first - 1]) not in VOWELS:
        first -= 1
    for start in range(first, vowel):
        onset = tuple(phones[start:vowel])
        if first == 0 or onset in _ONSETS or (len(onset) == 1 and onset != ("NG",)):
            return start
    return vowel
