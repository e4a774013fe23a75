"""Numbers in a sentence, in figures or in words: English, German, Spanish, French (text2num) and Chinese."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from .languages import table
from .normalise import Token, is_cjk, join

_TEXT2NUM = ("en", "de", "es", "fr")
_THOUSANDS = {".": re.compile(r"\d{1,3}(,\d{3})+(\.\d+)?"), ",": re.compile(r"\d{1,3}(\.\d{3})+(,\d+)?")}
_PLAIN = re.compile(r"\d+([.,]\d+)?")
_ZH_DIGITS = {character: value for value, character in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_ZH_UNITS = {"十": 10, "百": 100, "千": 1000}
_ZH_MYRIADS = {"万": 10_000, "亿": 100_000_000}
_LONGEST = 32  # characters of a number in figures or in Chinese: nobody says a longer one
_MOST = 1e15  # whole numbers are exact in a float up to here
_ZH_ALL = _ZH_DIGITS.keys() | _ZH_UNITS.keys() | _ZH_MYRIADS.keys()


@dataclass(frozen=True)
class Number:
    """start, end: token indices; ordinal: "third", "5th" is none of it (there the figure is a number)"""

    start: int
    end: int
    value: float
    ordinal: bool = False


def find(parts: Sequence[Token], language: str) -> list[Number]:
    """All numbers, in order, not overlapping; the longest reading at each place."""
    barred = _barred(parts, language)
    found = sorted(_candidates(parts, language), key=lambda number: (number.start, -number.end))
    chosen: list[Number] = []
    for number in found:
        if number.start not in barred and number.value < _MOST and (not chosen or number.start >= chosen[-1].end):
            chosen.append(number)
    return chosen


def _barred(parts: Sequence[Token], language: str) -> set[int]:
    """Tokens in which no number begins: "ciento" of "por ciento"."""
    never = table(language).get("numbers", {}).get("never", ())
    text, starts = join(parts)
    hits = [hit for phrase in never for hit in re.finditer(re.escape(phrase), text)]
    return {index for index, start in enumerate(starts) for hit in hits if hit.start() <= start < hit.end()}


def _candidates(parts: Sequence[Token], language: str) -> Iterator[Number]:
    data = table(language).get("numbers", {})
    extra = data.get("words", {})
    for index, token in enumerate(parts):
        if token.text[:1].isdigit():
            value = figure(token.text, data.get("decimal", "."))
            if value is not None:
                yield Number(index, index + 1, value)
        elif token.text in extra:
            yield Number(index, index + 1, float(extra[token.text]))
    if language == "zh":
        yield from _chinese(parts)
    elif language in _TEXT2NUM:
        yield from _words(parts, language, data.get("one", ()))


def figure(text: str, decimal: str) -> float | None:
    """ "1,000", "2.5" by the language's decimal mark; None for "7:30"."""
    if len(text) > _LONGEST:
        return None
    if _THOUSANDS[decimal].fullmatch(text):
        grouping = "," if decimal == "." else "."
        return float(text.replace(grouping, "").replace(decimal, "."))
    return float(text.replace(",", ".")) if _PLAIN.fullmatch(text) else None


class _Spoken:
    """A token as text2num wants it."""

    def __init__(self, token: Token) -> None:
        self._token = token

    def text(self) -> str:
        return self._token.raw

    def nt_separated(self, previous: _Spoken) -> bool:
        return self._token.apart

    def not_a_number_part(self) -> bool:
        return self._token.text[:1].isdigit()


def _words(parts: Sequence[Token], language: str, articles: Sequence[str]) -> Iterator[Number]:
    from text_to_num import find_numbers

    for hit in find_numbers([_Spoken(token) for token in parts], language, threshold=0):
        # "a hundred": the article belongs to it.
        start = hit.start
        if start and parts[start].text in ("hundred", "thousand", "million") and parts[start - 1].text in articles:
            start -= 1
        yield Number(start, hit.end, float(hit.value), bool(hit.is_ordinal))


def _chinese(parts: Sequence[Token]) -> Iterator[Number]:
    start = 0
    while start < len(parts):
        end = start
        longest = start + 1 if _names_day(parts, start) else len(parts)
        while end < longest and parts[end].text in _ZH_ALL and not (end > start and parts[end].apart):
            end += 1
        value = chinese("".join(token.text for token in parts[start:end]))
        if value is not None:
            yield Number(start, end, float(value))
        start = max(end, start + 1)


def _names_day(parts: Sequence[Token], at: int) -> bool:
    """Whether that figure is a weekday's: 星期五七点 is Friday at seven, and no 57."""
    before = "".join(token.text for token in parts[max(0, at - 2) : at])
    return before.endswith(("星期", "礼拜", "周")) and parts[at].text in "一二三四五六"


def chinese(text: str) -> int | None:
    """ "一百零五", "两千", "二零二五" (read figure by figure); None where it is no number."""
    if not 0 < len(text) <= _LONGEST or not all(is_cjk(c) or c == "〇" for c in text) or not set(text) <= _ZH_ALL:
        return None
    if set(text) <= _ZH_DIGITS.keys():
        return int("".join(str(_ZH_DIGITS[c]) for c in text))
    total = section = digit = 0
    last_unit = 10
    for character in text:
        if character in _ZH_DIGITS:
            digit = _ZH_DIGITS[character]
            last_unit = 10 if digit == 0 else last_unit
        elif character in _ZH_UNITS:
            section += (digit or 1) * _ZH_UNITS[character]
            digit, last_unit = 0, _ZH_UNITS[character]
        else:
            total = (total + section + digit) * _ZH_MYRIADS[character]
            section, digit, last_unit = 0, 0, _ZH_MYRIADS[character]
    # "一百五" is 150: the figure behind a unit counts the next smaller one.
    return total + section + digit * (last_unit // 10)
