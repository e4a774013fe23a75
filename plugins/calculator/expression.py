"""Arithmetic in words and figures -> an exact value. Nothing of what was said is ever evaluated as code.

A sentence becomes tokens by words.toml (its numbers in words come from `ctx.values`), the tokens a value: brackets,
then what stands before and behind a number, powers, times and divided by, plus and minus. "80 plus 20 percent" is 96.
"""

from __future__ import annotations

import functools
import math
import re
import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from fractions import Fraction
from pathlib import Path
from typing import Any

from aihear_voice.types import Value

DIGITS = 50  # that roots are reckoned with
_BITS = 3400  # of the largest value: a thousand digits
_FACTORIAL_MOST = 450
_FIGURES_MOST = 100
_NESTED = 50
_FIGURE = re.compile(r"\d{1,3}(?:[ \u00a0\u202f]\d{3})+(?:[.,]\d+)?(?![\d.,]*\d)|\d+(?:[.,]\d+)*")
_WORD = re.compile(r"[\u3400-\u9fff]|[^\W\d_]+")
_ZH_DIGITS = {character: str(value) for value, character in enumerate("零一二三四五六七八九")} | {"〇": "0", "两": "2"}
_INFIX = ("+", "-", "*", "/", "^", "mod", "of", "off")
_PLAIN = (
    *_INFIX, "(", ")", "%", "!", "root", "cube_root", "percent_before", "over", "point", "power_after", "ignored",
)  # fmt: skip
_BEGIN = ("number", "fraction", "(", "root", "cube_root", "-", "verb")
_END = ("number", "fraction", "mixed", "power", "after", "%", "!", ")")


class NotUnderstood(Exception):
    """It is no arithmetic, or of a kind that is not known here."""


class NoResult(Exception):
    """It is, but has no result. Its text is an answer's key: zero_division, no_root, too_large, no_factorial."""


@dataclass(frozen=True)
class Result:
    """exact: False where a root was cut off."""

    value: Fraction
    exact: bool = True


@dataclass(frozen=True)
class Token:
    """kind: number, fraction, mixed, power, after, verb, joiner, unknown, or one of _PLAIN."""

    kind: str
    words: str
    value: Any = None


@functools.cache
def words(language: str) -> Mapping[str, Any]:
    table = tomllib.loads((Path(__file__).parent / "words.toml").read_text(encoding="utf-8"))
    found: Mapping[str, Any] = table.get(language, table["en"])
    return found


@functools.cache
def _phrases(language: str) -> Sequence[Token]:
    """Longest first."""
    found: list[Token] = []
    for table in (words("signs"), words(language)):
        for kind in _PLAIN:
            found += [Token(kind, phrase) for phrase in table.get(kind, ())]
        found += [Token("power", phrase, power) for phrase, power in table.get("powers", {}).items()]
        found += [Token("after", phrase, kind) for phrase, kind in table.get("after", {}).items()]
        found += [Token("fraction", phrase, Fraction(value)) for phrase, value in table.get("fractions", {}).items()]
        found += [Token("mixed", phrase, Fraction(value)) for phrase, value in table.get("mixed", {}).items()]
        found += [Token("verb", phrase, rest) for phrase, *rest in table.get("verbs", ())]
        found += [Token("joiner", phrase) for phrase in table.get("joiners", ())]
    order = ("mixed", "verb", *_PLAIN)
    return sorted(found, key=lambda token: (-len(token.words), order.index(token.kind) if token.kind in order else 99))


def fold(text: str) -> str:
    """Small letters without accents, as long as the text itself."""
    return "".join(_folded(character) for character in text)


def _folded(character: str) -> str:
    plain = unicodedata.normalize("NFD", character.casefold())[:1]
    return {"’": "'", "‘": "'"}.get(plain, plain) or character


# Tokens


def tokens(text: str, language: str, values: Sequence[Value]) -> list[Token]:
    """What the sentence is made of. values: of `ctx.values`; only numbers in words are taken from them."""
    spoken = {value.start: value for value in values if value.kind == "number" and not text[value.start].isdigit()}
    folded, found, at = fold(text), list[Token](), 0
    while at < len(text):
        figure, phrase, value = _FIGURE.match(text, at), _phrase(folded, at, language, found), spoken.get(at)
        if figure:
            token = Token("number", figure[0], _figure(figure[0], language))
        elif value is not None and (phrase is None or len(phrase.words) <= value.end - value.start):
            token = Token("number", text[value.start : value.end], Fraction(str(value.value)))
        elif phrase is not None:
            token = phrase
        else:
            word = _WORD.match(text, at)
            token = Token("unknown" if word else "ignored", word[0] if word else text[at])
        at += len(token.words)
        if token.kind != "ignored":
            found.append(token)
    return _chinese(found)


def _phrase(folded: str, at: int, language: str, before: Sequence[Token]) -> Token | None:
    """The longest phrase that begins there, in whole words. "and a half" needs a number before it."""
    if at and folded[at - 1].isalpha() and folded[at].isalpha() and not _is_cjk(folded[at]):
        return None
    for phrase in _phrases(language):
        if not folded.startswith(phrase.words, at):
            continue
        end = at + len(phrase.words)
        cut = end < len(folded) and folded[end - 1].isalpha() and folded[end].isalpha() and not _is_cjk(folded[end - 1])
        if cut or (phrase.kind == "mixed" and not (before and before[-1].kind == "number")):
            continue
        if phrase.words == "!" and (end == len(folded) or not folded[end:].strip(" ?!.")):
            continue  # that closes the sentence
        return phrase
    return None


def _is_cjk(character: str) -> bool:
    return "\u3400" <= character <= "\u9fff"


def _figure(text: str, language: str) -> Fraction:
    """ "1,000.5" by the language's mark; a lone mark before other than three figures is a decimal mark anywhere."""
    if len(text) > _FIGURES_MOST:
        raise NoResult("too_large")
    plain = re.sub(r"\s", "", text)
    mark = "." if language in ("en", "zh") else ","
    other = "," if mark == "." else "."
    if re.fullmatch(rf"\d{{1,3}}(?:[{other}]\d{{3}})+(?:[{mark}]\d+)?", plain):
        plain = plain.replace(other, "")
    plain = plain.replace(",", ".")
    if plain.count(".") > 1:
        raise NotUnderstood(text)
    return Fraction(plain)


def _chinese(found: Sequence[Token]) -> list[Token]:
    """三点一四, 百分之十五 and 三分之二 become numbers; 的十次方 a power."""
    made: list[Token] = []
    for token in found:
        before = made[-1].kind if made else ""
        if token.kind == "power_after" and before == "number":
            exponent = made.pop()
            if made and made[-1].kind == "of":
                made.pop()
            made += [Token("^", token.words), exponent]
        elif token.kind != "number" or before not in ("point", "percent_before", "over"):
            made.append(token)
        elif before == "percent_before":
            made[-1:] = [token, Token("%", "")]
        elif len(made) > 1 and made[-2].kind == "number":
            whole = made[-2].value
            value = divided(token.value, whole) if before == "over" else whole + _decimals(token.words)
            made[-2:] = [Token("number", "", value)]
        else:
            raise NotUnderstood(token.words)
    return made


def _decimals(figures: str) -> Fraction:
    """ "零五" is five hundredths."""
    digits = "".join(_ZH_DIGITS.get(character, character) for character in figures)
    if not digits.isdecimal():
        raise NotUnderstood(figures)
    return Fraction(int(digits), 10 ** len(digits))


# Values


def evaluate(text: str, language: str, values: Sequence[Value], last: Fraction | None = None) -> Result:
    """last: what the sentence goes on with, where it begins with what is to be done. Raises NotUnderstood, NoResult."""
    runs: list[list[Token]] = [[]]
    for token in tokens(text, language, values):
        if token.kind == "unknown":
            runs.append([])
        else:
            runs[-1].append(token)
    if last is not None:
        runs = [_going_on(run, last) for run in runs]
    sums = [_trimmed(run) for run in runs if _reckons(run)]
    if len(sums) != 1 or len(sums[0]) < 2:
        raise NotUnderstood(text)
    return _Reader(sums[0]).result()


def _going_on(run: Sequence[Token], last: Fraction) -> list[Token]:
    first = next((index for index, token in enumerate(run) if token.kind in _INFIX), None)
    return [*run] if first is None else [Token("number", "", last), *run[first:]]


def _reckons(run: Sequence[Token]) -> bool:
    """Whether it is, or is a part of, something to work out, and not just a number."""
    kinds = {token.kind for token in run}
    return bool(kinds & {"number", "fraction"}) and (len(_trimmed(run)) > 1 or not kinds.isdisjoint(_INFIX))


def _trimmed(run: Sequence[Token]) -> Sequence[Token]:
    """Without what only leads to it ("the result of"), or ends the sentence."""
    first = next((i for i, token in enumerate(run) if token.kind in _BEGIN), len(run))
    last = next((i for i in range(len(run) - 1, -1, -1) if run[i].kind in _END), -1)
    return run[first : last + 1]


@dataclass(frozen=True)
class _Term:
    """percent: it was followed by "percent", and counts as a share of what it is added to."""

    value: Fraction
    percent: bool = False


class _Reader:
    """Reads tokens from left to right; each method reads what binds closer than the one that calls it."""

    def __init__(self, found: Sequence[Token]) -> None:
        self._tokens = list(found)
        self._at = 0
        self._exact = True
        self._depth = 0

    def result(self) -> Result:
        value = self._sum().value
        if self._at < len(self._tokens):
            raise NotUnderstood(self._tokens[self._at].words)
        return Result(value, self._exact)

    def _next(self, *kinds: str) -> Token | None:
        if self._at < len(self._tokens) and self._tokens[self._at].kind in kinds:
            self._at += 1
            return self._tokens[self._at - 1]
        return None

    def _sum(self) -> _Term:
        left = self._product()
        while token := self._next("+", "-"):
            left = _added(left, self._product(), token.kind)
        return left

    def _product(self) -> _Term:
        left = self._factor()
        while token := self._next("*", "/", "mod", "of", "off"):
            left = _multiplied(left, self._factor(), token.kind)
        return left

    def _factor(self) -> _Term:
        self._depth += 1
        if self._depth > _NESTED:
            raise NotUnderstood("too deep")
        if self._next("-"):
            term = self._factor()
            term = _Term(-term.value, term.percent)
        else:
            term = self._power()
        self._depth -= 1
        return term

    def _power(self) -> _Term:
        base = self._behind(self._single())
        if self._next("^"):
            base = self._behind(_Term(self._raised(base.value, self._factor().value)))
        return base

    def _behind(self, term: _Term) -> _Term:
        """What stands behind it: "and a half", "squared", "percent"."""
        while token := self._next("power", "mixed", "fraction", "%", "!", "after"):
            value = term.value
            if token.kind == "power":
                value = self._raised(value, Fraction(token.value))
            elif token.kind == "mixed" or (token.kind == "fraction" and not token.words.isalpha()):
                value += token.value if value >= 0 else -token.value
            elif token.kind == "fraction":
                value *= token.value
            elif token.kind == "after":
                value = self._root(value, token.value)
            elif token.kind == "!":
                value = _factorial(value)
            term = _Term(value / 100, True) if token.kind == "%" else _Term(value)
        return term

    def _single(self) -> _Term:
        if token := self._next("number", "fraction"):
            return _Term(token.value)
        if self._next("("):
            inside = self._sum()
            self._next(")")  # the last one may be left out
            return _Term(inside.value)
        if token := self._next("root", "cube_root"):
            return _Term(self._root(self._factor().value, token.kind))
        if token := self._next("verb"):
            return self._told(token)
        raise NotUnderstood("a number is missing")

    def _told(self, verb: Token) -> _Term:
        """ "add 3 to 4": the words between the values become joiners."""
        joiners, operation, swapped = verb.value
        for index in range(self._at, len(self._tokens)):
            if self._tokens[index].words in joiners:
                self._tokens[index] = Token("joiner", self._tokens[index].words)
                if operation not in ("+", "*"):
                    break
        left = self._sum()
        while self._next("joiner"):
            right = self._sum()
            left = _combined(*((right, left) if swapped else (left, right)), operation)
        return left

    def _raised(self, base: Fraction, exponent: Fraction) -> Fraction:
        if not base and exponent < 0:
            raise NoResult("zero_division")
        if abs(exponent) * max(base.numerator.bit_length(), base.denominator.bit_length()) > _BITS:
            raise NoResult("too_large")
        if exponent.denominator == 1:
            return base**exponent.numerator
        if base < 0:
            raise NoResult("no_root")
        return self._root(base**exponent.numerator, exponent.denominator)

    def _root(self, value: Fraction, kind: str | int) -> Fraction:
        degree = {"root": 2, "cube_root": 3}.get(kind, kind) if isinstance(kind, str) else kind
        if not isinstance(degree, int):
            raise NotUnderstood(str(kind))
        if value < 0 and degree % 2 == 0:
            raise NoResult("no_root")
        sign, parts = (-1 if value < 0 else 1), (abs(value.numerator), value.denominator)
        whole = [_whole_root(part, degree) for part in parts]
        if whole[0] is not None and whole[1] is not None:
            return sign * Fraction(whole[0], whole[1])
        self._exact = False
        with localcontext(prec=DIGITS):
            root = (Decimal(parts[0]) / Decimal(parts[1])) ** (Decimal(1) / degree)
        return sign * Fraction(root)


def _whole_root(value: int, degree: int) -> int | None:
    """None where it has none that is whole."""
    low, high = 0, 1 << (value.bit_length() // degree + 1)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if middle**degree <= value else (low, middle - 1)
    return low if low**degree == value else None


def _factorial(value: Fraction) -> Fraction:
    if value.denominator != 1 or value < 0:
        raise NoResult("no_factorial")
    if value > _FACTORIAL_MOST:
        raise NoResult("too_large")
    return Fraction(math.factorial(value.numerator))


def _added(a: _Term, b: _Term, sign: str) -> _Term:
    """A percentage is a share of what it is added to."""
    by = b.value if sign == "+" else -b.value
    if b.percent and not a.percent:
        return _Term(a.value * (1 + by))
    return _Term(a.value + by, a.percent)


def _multiplied(a: _Term, b: _Term, operation: str) -> _Term:
    if operation in ("*", "of"):
        return _Term(_small(a.value * b.value))
    if operation == "off":
        return _added(b, _Term(a.value, True), "-")
    if operation == "mod":
        if not b.value:
            raise NoResult("zero_division")
        return _Term(a.value % b.value)
    return _Term(_small(divided(a.value, b.value)))


def _combined(a: _Term, b: _Term, operation: str) -> _Term:
    if operation == "+" and a.percent and not b.percent:
        a, b = b, a
    return _added(a, b, operation) if operation in ("+", "-") else _multiplied(a, b, operation)


def divided(a: Fraction, b: Fraction) -> Fraction:
    """Raises NoResult."""
    if not b:
        raise NoResult("zero_division")
    return a / b


def _small(value: Fraction) -> Fraction:
    if max(value.numerator.bit_length(), value.denominator.bit_length()) > 2 * _BITS:
        raise NoResult("too_large")
    return value
