"""How a written word sounds in languages other than English, and how far one sound is from another.

The sounds of German, Spanish and French words are espeak-ng's, through the phonemizer package; those of Chinese
characters come from their pinyin (pypinyin), each with its tone as the last sound. All are IPA. How far two sounds are
apart follows panphon's articulatory features and their weights (Mortensen et al. 2016). Only its tables are read: to
import it would load pandas.
"""

from __future__ import annotations

import csv
import functools
import logging
import unicodedata
from collections.abc import Mapping, Sequence
from importlib import util
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from phonemizer.backend import EspeakBackend

Sounds = tuple[str, ...]

CHINESE = "zh"
_VOICES = {"de": "de", "es": "es", "fr": "fr-fr"}
TONES = {1: "˥", 2: "˧˥", 3: "˨˩˦", 4: "˥˩"}

# What another sound costs at least, and what the unlike one does: to leave a sound out costs as much. Another sound
# makes another word, however near it is. Chosen on word pairs by hand (see the tests), not fitted to recordings.
_OTHER = 0.3
_UNLIKE = (
    2.5  # weighted difference of features from which two sounds have nothing in common (t and d .125, t and n 1.9)
)

# Mandarin, IPA by pinyin (Lee & Zee 2003). "" stands for a syllable without an initial.
_INITIALS = {
    "": "", "b": "p", "p": "pʰ", "m": "m", "f": "f", "d": "t", "t": "tʰ", "n": "n", "l": "l", "g": "k", "k": "kʰ",
    "h": "x", "j": "t ɕ", "q": "t ɕʰ", "x": "ɕ", "zh": "ʈ ʂ", "ch": "ʈ ʂʰ", "sh": "ʂ", "r": "ɻ", "z": "t s",
    "c": "t sʰ", "s": "s",
}  # fmt: skip
_FINALS = {
    "a": "a", "o": "w o", "e": "ɤ", "ê": "e", "ai": "a i", "ei": "e i", "ao": "ɑ u", "ou": "o u", "an": "a n",
    "en": "ə n", "ang": "ɑ ŋ", "eng": "ɤ ŋ", "ong": "ʊ ŋ", "er": "a ɻ", "i": "i", "ia": "j a", "ie": "j e",
    "iao": "j ɑ u", "iou": "j o u", "ian": "j ɛ n", "in": "i n", "iang": "j ɑ ŋ", "ing": "i ŋ", "iong": "j ʊ ŋ",
    "io": "j o", "u": "u", "ua": "w a", "uo": "w o", "uai": "w a i", "uei": "w e i", "uan": "w a n", "uen": "w ə n",
    "uang": "w ɑ ŋ", "ueng": "w ɤ ŋ", "v": "y", "ve": "ɥ e", "van": "ɥ ɛ n", "vn": "y n", "m": "m", "n": "n", "ng": "ŋ",
}  # fmt: skip
_BUZZED = {"z": "ɨ", "c": "ɨ", "s": "ɨ", "zh": "ɨ", "ch": "ɨ", "sh": "ɨ", "r": "ɨ"}  # the i of "si" and "shi"


def known(language: str) -> bool:
    """Whether words of that language can be turned into sounds here."""
    return language == CHINESE or _speaker(language) is not None


def of(words: Sequence[str], language: str) -> list[Sounds]:
    """words: in order, for a Chinese character sounds as its neighbours want. () for what has no sounds."""
    if language == CHINESE:
        return [syllable(pinyin) for pinyin in read(words)]
    return [_spoken(word, language) for word in words]


# -- Chinese ----------------------------------------------------------------------------------------------


def read(words: Sequence[str]) -> list[str]:
    """Pinyin with the tone's number of each character ("ni3"; 5 is the neutral tone); "" for what is none."""
    from pypinyin import Style, lazy_pinyin

    # Together: how a character is read hangs on its neighbours. What is none holds its place as a mark.
    text = "".join(word if len(word) == 1 else "," for word in words)
    found = lazy_pinyin(text, style=Style.TONE3, neutral_tone_with_five=True, errors=_blanks)
    return [one if one[:1].isalpha() else "" for one in found]


def other_tones(word: str, pinyin: str) -> frozenset[int]:
    """Of the character's other readings that differ in the tone alone: 教 is jiāo and jiào. The rare ones, too."""
    from pypinyin import Style
    from pypinyin import pinyin as readings

    ways = readings(word, style=Style.TONE3, neutral_tone_with_five=True, heteronym=True)[0]
    return frozenset(int(way[-1]) for way in ways if way[:-1] == pinyin[:-1] and way != pinyin)


def _blanks(rest: str) -> Any:
    """One for each character that is none; pypinyin's types know of a single string only."""
    return ["" for _ in rest]


def syllable(pinyin: str) -> Sounds:
    """ "ni3" -> n, i, ˨˩˦; the neutral tone has no mark."""
    if not pinyin:
        return ()
    initial, final = parts(pinyin)
    tone = TONES.get(int(pinyin[-1]))
    return (*initial, *final, *((tone,) if tone else ()))


@functools.lru_cache(maxsize=2048)
def parts(pinyin: str) -> tuple[Sounds, Sounds]:
    """The sounds before the vowel, and the rest: "zhang1" -> (ʈ, ʂ), (ɑ, ŋ)."""
    from pypinyin.contrib.tone_convert import to_finals, to_initials

    plain = pinyin[:-1]
    initial, final = to_initials(plain, strict=True), to_finals(plain, strict=True, v_to_u=False)
    buzzed = _BUZZED.get(initial) if final == "i" else None
    return tuple(_INITIALS[initial].split()), tuple((buzzed or _FINALS.get(final, "ə")).split())


# -- German, Spanish, French ------------------------------------------------------------------------------


@functools.cache
def _speaker(language: str) -> EspeakBackend | None:
    """None where espeak-ng has no such voice, or is not installed."""
    from phonemizer.backend import EspeakBackend

    if language not in _VOICES or not EspeakBackend.is_available():
        return None
    quiet = logging.getLogger(f"{__name__}.phonemizer")
    quiet.setLevel(logging.ERROR)  # it warns of each foreign word
    return EspeakBackend(_VOICES[language], language_switch="remove-flags", logger=quiet)


@functools.lru_cache(maxsize=4096)
def _spoken(word: str, language: str) -> Sounds:
    from phonemizer.separator import Separator

    speaker = _speaker(language)
    if speaker is None or not any(mark.isalnum() for mark in word):
        return ()
    written = speaker.phonemize([word], separator=Separator(phone="_", word=" "), strip=True)[0]
    return tuple(sound for name in written.replace(" ", "_").split("_") for sound in _single(name))


def _single(name: str) -> Sounds:
    """ "aɪ" -> a, ɪ: diphthongs and affricates are not in the table of features."""
    name = unicodedata.normalize("NFD", name)
    found = []
    while name:
        known = next((size for size in range(len(name), 0, -1) if name[:size] in _features()), 0)
        found += [unicodedata.normalize("NFC", name[:known])] if known else []
        name = name[known or 1 :]
    return tuple(found)


# -- how far apart ----------------------------------------------------------------------------------------


def likeness(wanted: Sounds, heard: Sounds) -> float:
    """0-1: 1 less the cost of making one of the other, a sound of the longer."""
    if not wanted or not heard:
        return 0.0
    return max(0.0, 1 - _costs(wanted, heard)[-1][-1] / max(len(wanted), len(heard)))


def differences(wanted: Sounds, heard: Sounds) -> tuple[tuple[str, str], ...]:
    """Which sounds differ, in order: (wanted, heard), "" for none."""
    costs, found = _costs(wanted, heard), []
    row, column = len(wanted), len(heard)
    while row or column:
        here = costs[row][column]
        if row and column and here == costs[row - 1][column - 1] + distance(wanted[row - 1], heard[column - 1]):
            row, column = row - 1, column - 1
            found.append((wanted[row], heard[column]))
        elif row and here == costs[row - 1][column] + 1:
            row -= 1
            found.append((wanted[row], ""))
        else:
            column -= 1
            found.append(("", heard[column]))
    return tuple(pair for pair in reversed(found) if pair[0] != pair[1])


def _costs(wanted: Sounds, heard: Sounds) -> list[list[float]]:
    """Of each beginning of one into each beginning of the other (Levenshtein, weighted)."""
    costs = [[float(column) for column in range(len(heard) + 1)]]
    for row, one in enumerate(wanted, start=1):
        line = [float(row)]
        for column, other in enumerate(heard, start=1):
            instead = costs[row - 1][column - 1] + distance(one, other)
            line.append(min(instead, costs[row - 1][column] + 1, line[-1] + 1))
        costs.append(line)
    return costs


@functools.lru_cache(maxsize=8192)
def distance(one: str, other: str) -> float:
    """0 for the same sound, up to 1 for another that has nothing of it."""
    if one == other:
        return 0.0
    if one in TONES.values() or other in TONES.values():
        return 1.0
    first, second = _features().get(_key(one)), _features().get(_key(other))
    if first is None or second is None:
        return 1.0
    apart = sum(weight * abs(a - b) / 2 for weight, a, b in zip(_weights(), first, second, strict=True))
    return _OTHER + (1 - _OTHER) * min(1.0, apart / _UNLIKE)


def is_vowel(sound: str) -> bool:
    return _features().get(_key(sound), (0,))[0] > 0


def _key(sound: str) -> str:
    return unicodedata.normalize("NFD", sound)


@functools.cache
def _features() -> Mapping[str, tuple[int, ...]]:
    """Of each sound its features: 1 there, -1 not there, 0 neither."""
    values = {"+": 1, "0": 0, "-": -1}
    with (_data() / "ipa_all.csv").open(encoding="utf-8", newline="") as file:
        _, *rows = csv.reader(file)
    count = len(_weights())  # the last columns are tones
    return {_key(name): tuple(values[mark] for mark in marks[:count]) for name, *marks in rows}


@functools.cache
def _weights() -> tuple[float, ...]:
    """In the order of the features' columns."""
    with (_data() / "ipa_all.csv").open(encoding="utf-8", newline="") as file:
        _, *order = next(csv.reader(file))
    with (_data() / "feature_weights.csv").open(encoding="utf-8", newline="") as file:
        weight = next(csv.DictReader(file))
    return tuple(float(weight[name]) for name in order if name in weight)


def _data() -> Path:
    spec = util.find_spec("panphon")
    assert spec is not None
    assert spec.submodule_search_locations
    return Path(spec.submodule_search_locations[0]) / "data"
