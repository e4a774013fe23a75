"""Durations, times, dates and percentages in a sentence, as patterns in languages/*.toml describe them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Any, NamedTuple

from .. import types
from . import numbers
from .languages import table
from .normalise import Token, join, tokens
from .numbers import Number

Value = int | float | str
_FIRST = 0xE000  # private characters stand for numbers in the text that the patterns are matched with
_MARK = "[\ue000-\uf8ff]"
_CLOCK = re.compile(r"(\d{1,2}):(\d\d)")
_DOTTED = re.compile(r"\d{1,2}\.\d\d")  # "7.30", a time only before "Uhr" or "a.m."
_DAY = 24 * 60
_PART = 40  # characters of "in the morning" and the like, at most


@dataclass(frozen=True)
class Span:
    """A value that a sentence names. kind: number, percent, duration, time or date; start, end: token indices."""

    kind: str
    start: int
    end: int
    value: Value


class _Duration(NamedTuple):
    pattern: re.Pattern[str]
    plus: float
    times: float


class _Time(NamedTuple):
    """plus: minutes to add; scale: minutes that {m} counts."""

    pattern: re.Pattern[str]
    plus: int
    scale: int


@dataclass(frozen=True)
class _Patterns:
    """One language's, compiled."""

    percent: tuple[re.Pattern[str], ...]
    durations: tuple[_Duration, ...]
    units: tuple[tuple[re.Pattern[str], int], ...]
    join: re.Pattern[str]
    times: tuple[_Time, ...]
    parts: tuple[tuple[re.Pattern[str], str], ...]
    dates: tuple[re.Pattern[str], ...]
    months: tuple[re.Pattern[str], ...]
    weekdays: tuple[re.Pattern[str], ...]
    relative: tuple[tuple[re.Pattern[str], int], ...]


class _Text:
    """The words in one line, numbers as single private characters, and which token each character is of."""

    def __init__(self, parts: Sequence[Token], found: Sequence[Number], dotted: bool) -> None:
        self.numbers = found
        starts = {number.start: index for index, number in enumerate(found)}
        inside = {i for number in found for i in range(number.start + 1, number.end)}
        shown: list[Token] = []
        self._index: list[int] = []
        for index, token in enumerate(parts):
            if index in inside:
                continue
            text = chr(_FIRST + starts[index]) if index in starts else token.text
            if dotted and _DOTTED.fullmatch(token.text):
                text = token.text.replace(".", ":")
            shown.append(Token(text, token.raw, token.start, token.end))
            self._index.append(index)
        self._index.append(len(parts))
        # Beside Chinese characters a number stands without a space.
        self.text, self.starts = _packed(shown) if any(token.cjk for token in parts) else join(shown)

    def tokens(self, start: int, end: int) -> tuple[int, int] | None:
        """The tokens of a piece of the text; None where it does not begin and end with words."""
        edges = [*self.starts, len(self.text) + 1]
        if start not in edges:
            return None
        first = edges.index(start)
        last = next((i for i in range(first + 1, len(edges)) if edges[i] >= end), len(edges) - 1)
        if end not in (edges[last], edges[last] - 1):
            return None
        return self._index[first], self._index[last]

    def number(self, mark: str) -> float:
        return self.numbers[ord(mark) - _FIRST].value


def _packed(shown: Sequence[Token]) -> tuple[str, list[int]]:
    text, starts = "", []
    for number, token in enumerate(shown):
        latin = number and token.text[0].isascii() and shown[number - 1].text[-1].isascii()
        text += " " if latin and token.text != "%" else ""
        starts.append(len(text))
        text += token.text
    return text, starts


def find(parts: Sequence[Token], language: str, today: date) -> list[Span]:
    """Every value named; spans may overlap ("ten" in "ten minutes" is a number too)."""
    found = numbers.find(parts, language)
    spans = [Span("number", n.start, n.end, _whole(n.value)) for n in found if not n.ordinal]
    patterns = _patterns(language)
    if patterns is None:
        return spans
    cardinals = [number for number in found if not number.ordinal]
    text = _Text(parts, cardinals, dotted=False)
    spans += [Span("percent", n.start, n.end, int(n.value)) for n in cardinals if n.value in range(101)]
    spans += _percents(text, patterns)
    spans += _durations(text, patterns, parts)
    spans += _times(_Text(parts, cardinals, dotted=True), patterns, language)
    spans += _dates(_Text(parts, found, dotted=False), _Text(parts, (), dotted=False), patterns, today)
    return spans


def named(text: str, language: str, today: date) -> list[types.Value]:
    """Every value that a text names, with its place in it; values may overlap."""
    parts = tokens(text, language)
    return [
        types.Value(span.kind, parts[span.start].start, parts[span.end - 1].end, span.value)
        for span in find(parts, language, today)
    ]


def _whole(value: float) -> int | float:
    return int(value) if value == int(value) else value


def _percents(text: _Text, patterns: _Patterns) -> Iterator[Span]:
    for pattern in patterns.percent:
        for hit in pattern.finditer(text.text):
            place = text.tokens(*hit.span())
            value = _count(text, hit["n"])
            if place and value <= 100:
                yield Span("percent", *place, round(value))


def _durations(text: _Text, patterns: _Patterns, parts: Sequence[Token]) -> Iterator[Span]:
    free = 0  # behind the duration found last
    for at in text.starts:
        if at < free:
            continue
        end, seconds = _longest(text, patterns, at)
        place = text.tokens(at, end) if end > at else None
        # "10 m": the short unit must touch its figure.
        if place and not (parts[place[1] - 1].text in ("s", "m", "h") and _loose(parts, place[1] - 1)):
            yield Span("duration", *place, round(seconds))
            free = end


def _loose(parts: Sequence[Token], index: int) -> bool:
    return index == 0 or parts[index - 1].end != parts[index].start


def _longest(text: _Text, patterns: _Patterns, at: int) -> tuple[int, float]:
    """Where the duration that begins at `at` ends, and its seconds: "1 hour 30 minutes", "4 minutes and 2 hours"."""
    end, total, smallest = at, 0.0, 0
    begin, joined = at, False
    while True:
        piece = _piece(text, patterns, begin)
        if piece is None or (smallest and piece[2] >= smallest and not joined):
            return end, total
        end, seconds, smallest = piece
        total += seconds
        link = patterns.join.match(text.text, end)
        begin = link.end() if link else end
        joined = bool(text.text[end:begin].strip())


def _piece(text: _Text, patterns: _Patterns, at: int) -> tuple[int, float, int] | None:
    """The longest of the patterns at `at`: its end, its seconds, its unit."""
    best: tuple[int, float, int] | None = None
    for pattern, plus, times in patterns.durations:
        hit = pattern.match(text.text, at)
        if hit is None or (best and hit.end() <= best[0]):
            continue
        unit = next((seconds for name, seconds in patterns.units if name.fullmatch(hit["unit"])), 0)
        count = _count(text, hit.groupdict().get("n"))
        best = (hit.end(), (count * times + plus) * unit, unit)
    return best


def _count(text: _Text, said: str | None) -> float:
    if said is None:
        return 0.0
    return text.number(said) if re.fullmatch(_MARK, said) else 1.0  # an article counts one


def _times(text: _Text, patterns: _Patterns, language: str) -> Iterator[Span]:
    elsewhere = next((part for pattern, part in patterns.parts if pattern.search(text.text)), "")
    for pattern, plus, scale in patterns.times:
        for at in text.starts:
            hit = pattern.match(text.text, at)
            minutes = _minutes(text, hit, plus, scale) if hit else None
            if hit is None or minutes is None:
                continue
            named = "h" in hit.groupdict() or "clock" in hit.groupdict()
            for start, end, part in _with_parts(text, patterns, hit):
                place = text.tokens(start, end)
                value = _in_part(minutes, part or elsewhere) if named else minutes
                if place:
                    yield Span("time", *place, f"{value // 60:02}:{value % 60:02}")


def _with_parts(text: _Text, patterns: _Patterns, hit: re.Match[str]) -> Iterator[tuple[int, int, str]]:
    """The time alone, and together with the part of the day before or behind it ("7 in the evening")."""
    start, end = hit.span()
    yield start, end, ""
    for pattern, part in patterns.parts:
        behind = re.compile(rf" ?(?:{pattern.pattern})").match(text.text, end)
        if behind:
            yield start, behind.end(), part
        for before in pattern.finditer(text.text, max(0, start - _PART), start):
            if before.end() == start:
                yield before.start(), end, part


def _minutes(text: _Text, hit: re.Match[str], plus: int, scale: int) -> int | None:
    """Since midnight; None where it is no time of day."""
    groups = hit.groupdict()
    clock = _CLOCK.fullmatch(groups.get("clock") or "")
    hour = float(clock[1]) if clock else text.number(groups["h"]) if groups.get("h") else 0.0
    minute = float(clock[2]) if clock else text.number(groups["m"]) if groups.get("m") else 0.0
    if hour != int(hour) or minute != int(minute) or hour > 24 or minute > 59:
        return None
    if plus <= -30 and hour == 0:
        hour = 24
    return (int(hour) * 60 + int(minute) * scale + plus) % _DAY


def _in_part(minutes: int, part: str) -> int:
    """7:00 in the evening is 19:00. An hour above 12 says already which half of the day it is in."""
    hour = minutes // 60
    if part == "am" and hour == 12:
        return minutes - 12 * 60
    if part == "night" and hour == 12:
        return minutes - 12 * 60
    late = {"pm": range(1, 12), "night": range(6, 12), "midday": range(1, 4)}.get(part, range(0))
    return minutes + 12 * 60 if hour in late or (part == "pm" and hour == 0 and minutes) else minutes


def _dates(text: _Text, plain: _Text, patterns: _Patterns, today: date) -> Iterator[Span]:
    for pattern, days in patterns.relative:
        yield from _dated(plain, pattern, patterns, today + timedelta(days))
    for weekday, pattern in enumerate(patterns.weekdays):
        ahead = (weekday - today.weekday() - 1) % 7 + 1  # said on a Friday, Friday is in a week
        yield from _dated(plain, pattern, patterns, today + timedelta(ahead))
    for pattern in patterns.dates:
        for hit in pattern.finditer(text.text):
            place = text.tokens(*hit.span())
            when = _day_of_month(text, hit, patterns, today)
            if place and when:
                yield Span("date", *place, when.isoformat())


def _dated(plain: _Text, pattern: re.Pattern[str], patterns: _Patterns, when: date) -> Iterator[Span]:
    """Also with the part of the day: "tomorrow evening" is a date as well."""
    for hit in pattern.finditer(plain.text):
        ends = [hit.end()]
        for part, _ in patterns.parts:
            behind = re.compile(rf" ?(?:{part.pattern})").match(plain.text, hit.end())
            ends += [behind.end()] if behind else []
        for end in ends:
            place = plain.tokens(hit.start(), end)
            if place:
                yield Span("date", *place, when.isoformat())


def _day_of_month(text: _Text, hit: re.Match[str], patterns: _Patterns, today: date) -> date | None:
    """The next day of that name; None for the 31st of April."""
    said = hit["month"]
    if re.fullmatch(_MARK, said):
        month = int(text.number(said))
    else:
        month = 1 + next(index for index, name in enumerate(patterns.months) if name.fullmatch(said))
    for year in range(today.year, today.year + 9):  # the 29th of February may be eight years off
        try:
            when = date(year, month, int(text.number(hit["d"])))
        except ValueError:
            continue
        if when >= today:
            return when
    return None


@cache
def _patterns(language: str) -> _Patterns | None:
    data = table(language)
    if "duration" not in data:
        return None
    one = data["numbers"]["one"]
    units = {**data["units"], **data["short_units"]}
    named = {
        "n": f"(?P<n>{'|'.join([_MARK, *one])})",
        "unit": f"(?P<unit>{'|'.join(units)})",
        "h": f"(?P<h>{_MARK})",
        "m": f"(?P<m>{_MARK})",
        "d": f"(?P<d>{_MARK}){data['date']['ordinal_suffix']}",
        "month": f"(?P<month>{'|'.join(data['date']['months']) or _MARK})",
        "clock": r"(?P<clock>\d{1,2}:\d\d)",
    }
    return _Patterns(
        percent=tuple(_compile(pattern, named, language) for pattern in data["percent"]["patterns"]),
        durations=tuple(
            _Duration(_compile(pattern, named, language), plus, *(times or [1]))
            for pattern, plus, *times in data["duration"]["patterns"]
        ),
        units=tuple((re.compile(pattern), seconds) for pattern, seconds in units.items()),
        join=re.compile(" ?" + data["duration"]["join"]),
        times=tuple(_Time(_compile(p, named, language), plus, scale) for p, plus, scale in _time_rows(data)),
        parts=tuple((_compile(pattern, {}, language), part) for pattern, part in data["time"]["parts"].items()),
        dates=tuple(_compile(pattern, named, language) for pattern in data["date"]["patterns"]),
        months=tuple(re.compile(pattern) for pattern in data["date"]["months"]),
        weekdays=tuple(
            _compile(data["date"]["weekday_prefix"] + f"(?:{p})" + data["date"].get("weekday_suffix", ""), {}, language)
            for p in data["date"]["weekdays"]
        ),
        relative=tuple((_compile(pattern, {}, language), days) for pattern, days in data["date"]["relative"].items()),
    )


def _time_rows(data: Mapping[str, Any]) -> list[list[Any]]:
    return [*data["time"]["patterns"], *([["{h}", 0, 1]] if data["time"]["bare"] else [])]


def _compile(pattern: str, named: Mapping[str, str], language: str) -> re.Pattern[str]:
    """Whole words only, except in Chinese, which does not part them."""
    for name, part in named.items():
        pattern = pattern.replace(f"{{{name}}}", part)
    edge = ("", "") if language == "zh" else (r"(?<!\S)", r"(?!\S)")
    return re.compile(f"{edge[0]}(?:{pattern}){edge[1]}")
