"""Numbers as they are spoken. Whisper writes "25" where a text has "twenty-five", and the other way round."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from unicode_rbnf import RbnfEngine

Reading = tuple[str, ...]

LARGEST = 999_999  # above it, digit by digit only


def _list(words: str) -> tuple[str, ...]:
    return tuple(words.split())


_EN = _list(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen"
)
_EN_TENS = _list("- - twenty thirty forty fifty sixty seventy eighty ninety")
_EN_ORDINALS = {
    "one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth", "nine": "ninth",
    "twelve": "twelfth",
}  # fmt: skip
_DE = _list(
    "null eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn fünfzehn sechzehn "
    "siebzehn achtzehn neunzehn"
)
_DE_TENS = _list("- - zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig")
_ES = _list(
    "cero uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciséis diecisiete "
    "dieciocho diecinueve veinte veintiuno veintidós veintitrés veinticuatro veinticinco veintiséis veintisiete "
    "veintiocho veintinueve"
)
_ES_TENS = _list("- - - treinta cuarenta cincuenta sesenta setenta ochenta noventa")
_ES_HUNDREDS = _list(
    "- ciento doscientos trescientos cuatrocientos quinientos seiscientos setecientos ochocientos novecientos"
)
_ZH = "零一二三四五六七八九"
_ZH_PLACES = ((10_000, "万"), (1000, "千"), (100, "百"), (10, "十"))


def readings(digits: str, language: str) -> tuple[Reading, ...]:
    """The ways in which a number may be said, the likeliest first; each a sequence of words.

    digits: 0-9 only. A language that is not known here is read digit by digit, as the digits themselves.
    """
    if language not in _CARDINALS:
        return (tuple(digits),)
    cardinal, single = _CARDINALS[language]
    by_digit = tuple(single(int(digit)) for digit in digits)
    found: list[Reading] = []
    if int(digits) <= LARGEST:
        found += [cardinal(int(digits), linked) for linked in (False, True)]
        if language == "en" and len(digits) == 4 and digits[2] != "0":
            found.append(cardinal(int(digits[:2]), False) + cardinal(int(digits[2:]), False))  # nineteen eighty-four
    found.append(by_digit)
    return tuple(dict.fromkeys(found))


def ordinal(digits: str) -> Reading:
    """English: "21" -> twenty first."""
    *head, last = _english(min(int(digits), LARGEST), False)
    if last in _EN_ORDINALS:
        return (*head, _EN_ORDINALS[last])
    return (*head, last[:-1] + "ieth" if last.endswith("y") else last + "th")


def _english(number: int, linked: bool) -> Reading:
    """linked: "two hundred and five", not "two hundred five"."""
    if number < 20:
        return (_EN[number],)
    if number < 100:
        return _joined(_EN_TENS[number // 10], number % 10, lambda rest: _english(rest, linked))
    size, name = (1000, "thousand") if number >= 1000 else (100, "hundred")
    head = (*_english(number // size, linked), name)
    rest = number % size
    if not rest:
        return head
    return head + (("and",) if linked and rest < 100 else ()) + _english(rest, linked)


def _german(number: int, linked: bool) -> Reading:
    return (_german_word(number, "eins" if number % 100 == 1 else "ein"),)


def _german_word(number: int, one: str) -> str:
    if number < 20:
        return one if number == 1 else _DE[number]
    if number < 100:
        tens = _DE_TENS[number // 10]
        return tens if number % 10 == 0 else f"{_german_word(number % 10, 'ein')}und{tens}"
    size, name = (1000, "tausend") if number >= 1000 else (100, "hundert")
    head = _german_word(number // size, "ein") + name
    return head + (_german_word(number % size, one) if number % size else "")


def _spanish(number: int, linked: bool) -> Reading:
    if number < 30:
        return (_ES[number],)
    if number < 100:
        tens = _ES_TENS[number // 10]
        return (tens,) if number % 10 == 0 else (tens, "y", _ES[number % 10])
    if number < 1000:
        if number == 100:
            return ("cien",)
        return _joined(_ES_HUNDREDS[number // 100], number % 100, lambda rest: _spanish(rest, linked))
    head = (*(_spanish(number // 1000, linked) if number >= 2000 else ()), "mil")
    return head + (_spanish(number % 1000, linked) if number % 1000 else ())


def _french(number: int, linked: bool) -> Reading:
    """By Unicode's rules. Without hyphens: a word each."""
    return tuple(_french_rules().format_number(number).text.replace("-", " ").split())


@functools.cache
def _french_rules() -> RbnfEngine:
    from unicode_rbnf import RbnfEngine

    return RbnfEngine.for_language("fr")


def _chinese(number: int, linked: bool) -> Reading:
    """linked: with 两 for 二 where both are said."""
    if number < 10:
        return ("两" if linked and number == 2 else _ZH[number],)
    if number < 20:
        return ("十", *((_ZH[number - 10],) if number > 10 else ()))
    size, name = next(place for place in _ZH_PLACES if number >= place[0])
    head, rest = _chinese(number // size, linked and size > 10), number % size
    if not rest:
        return (*head, name)
    zero = ("零",) if rest < size // 10 else ()
    ten = ("一",) if 10 <= rest < 20 else ()  # 一百一十, but 十 alone
    return (*head, name, *zero, *ten, *_chinese(rest, linked))


def _joined(head: str, rest: int, read: Callable[[int], Reading]) -> Reading:
    return (head, *(read(rest) if rest else ()))


_CARDINALS: dict[str, tuple[Callable[[int, bool], Reading], Callable[[int], str]]] = {
    "en": (_english, lambda digit: _EN[digit]),
    "de": (_german, lambda digit: _DE[digit]),
    "es": (_spanish, lambda digit: _ES[digit]),
    "fr": (_french, lambda digit: _french(digit, False)[0]),
    "zh": (_chinese, lambda digit: _ZH[digit]),
}
