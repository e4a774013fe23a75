"""An exact value as it is written and read aloud in a language."""

from __future__ import annotations

from fractions import Fraction

from .expression import Result

_GROUPED_FROM = 10_000
_LARGE, _SMALL = Fraction(10) ** 21, Fraction(1, 10**6)  # beyond these, powers of ten
# Between thousands, before decimals, before a negative value; espeak-ng reads all of these.
_MARKS = {
    "en": (",", ".", "−"),
    "de": (".", ",", "−"),
    "es": (".", ",", "−"),
    "fr": ("\u00a0", ",", "−"),
    "zh": ("", ".", "负"),
}
_SIGNIFICANT = 4


def written(result: Result, language: str, decimals: int) -> tuple[str, int, bool]:
    """The figures, the power of ten that they are to be multiplied with (0 for none), and whether that is all of it.

    decimals: places after the mark, more only for what is smaller than these could show
    """
    value = result.value
    size = abs(value)
    power = _power_of_ten(size) if size >= _LARGE or (size and size < _SMALL) else 0
    value, places = value / Fraction(10) ** power, decimals
    while abs(value) and abs(value) * 10**places < 10 ** (_SIGNIFICANT - 1) and places < 10:
        places += 1
    shown = Fraction(rounded(value * 10**places), 10**places)
    return _decimal(shown, places, language), power, result.exact and shown == value


def _power_of_ten(size: Fraction) -> int:
    power = len(str(size.numerator)) - len(str(size.denominator))
    return power if size >= Fraction(10) ** power else power - 1


def rounded(value: Fraction) -> int:
    """Half away from zero, as at school."""
    whole = (2 * abs(value.numerator) + value.denominator) // (2 * value.denominator)
    return whole if value >= 0 else -whole


def _decimal(value: Fraction, places: int, language: str) -> str:
    grouping, mark, minus = _MARKS.get(language, _MARKS["en"])
    whole, part = divmod(abs(rounded(value * 10**places)), 10**places)
    figures = f"{whole:,}".replace(",", grouping) if whole >= _GROUPED_FROM else str(whole)
    behind = f"{part:0{places}}".rstrip("0") if places else ""
    return (minus if value < 0 else "") + figures + (mark + behind if behind else "")
