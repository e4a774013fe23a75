"""Numbers, times, sums of money and dates, written as a profile asks. Pure functions.

The program finds the values (`Context.values`); here stands only how they are written.
"""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from pathlib import Path
from typing import Any

from aihear_voice.types import Value

from .profiles import Profile

_YEAR = re.compile(r"[,\s]+(?:of\s+)?((?:19|20)\d\d)\b")
_TEN = 10


@dataclass(frozen=True)
class _Put:
    """A piece of the text, and what stands in its place."""

    start: int
    end: int
    text: str


@functools.cache
def _table(code: str) -> Mapping[str, Any]:
    tables = tomllib.loads((Path(__file__).parent / "figures.toml").read_text(encoding="utf-8"))
    found: Mapping[str, Any] = tables.get(code, tables["en"])
    return found


def written(text: str, code: str, values: Sequence[Value], profile: Profile) -> str:
    """values: all that the text names, places included; they may overlap: the longer one counts."""
    table = _table(code)
    puts = [
        *(_dates(text, values, profile.dates, table)),
        *(_times(text, values, profile.times, table)),
        *(_money(text, values, table) if profile.currencies == "sign" else ()),
        *(_numbers(text, values, profile.numbers, table) if profile.numbers != "heard" else ()),
    ]
    for put in reversed(_apart(puts)):
        text = text[: put.start] + put.text + text[put.end :]
    return text


def _apart(puts: Sequence[_Put]) -> list[_Put]:
    """In order, none over another; the longest first."""
    chosen: list[_Put] = []
    for put in sorted(puts, key=lambda put: (put.start - put.end, put.start)):
        if all(put.end <= other.start or put.start >= other.end for other in chosen):
            chosen.append(put)
    return sorted(chosen, key=lambda put: put.start)


def _dates(text: str, values: Sequence[Value], form: str, table: Mapping[str, Any]) -> Iterator[_Put]:
    """Days of a month; "tomorrow" and "Friday" stay."""
    for value in values if form != "heard" else ():
        said = text[value.start : value.end].casefold()
        if value.kind != "date" or not any(month in said for month in table["months"]):
            continue
        day = date.fromisoformat(str(value.value))
        year = _YEAR.match(text, value.end)
        end = year.end() if year and form == "iso" else value.end
        if form == "iso":
            yield _Put(value.start, end, (day.replace(year=int(year[1])) if year else day).isoformat())
        else:
            yield _Put(value.start, end, table["numeric"].format(day=day.day, month=day.month))


def _times(text: str, values: Sequence[Value], form: str, table: Mapping[str, Any]) -> Iterator[_Put]:
    """Only what is surely one: "ten to five" may be a range."""
    for value in values if form != "heard" else ():
        if value.kind != "time":
            continue
        said = text[value.start : value.end].casefold()
        if ":" in said or any(_holds(said, word) for word in table["clock"]):
            at = time.fromisoformat(str(value.value))
            yield _Put(value.start, value.end, _clock(at, form, table))


def _holds(said: str, word: str) -> bool:
    return word in said if not word.isascii() or "." in word else re.search(rf"\b{re.escape(word)}\b", said) is not None


def _clock(at: time, form: str, table: Mapping[str, Any]) -> str:
    if form == "24h" or "halves" not in table:
        return f"{at.hour:02}:{at.minute:02}"
    return f"{at.hour % 12 or 12}:{at.minute:02} {table['halves'][at.hour >= 12]}"


def _money(text: str, values: Sequence[Value], table: Mapping[str, Any]) -> Iterator[_Put]:
    numbers = [value for value in values if value.kind == "number"]
    for value in numbers:
        for sign, words in table["money"].items():
            named = _follows(text, value.end, words)
            if named is None:
                continue
            amount, end = float(value.value), named
            joint = re.compile(rf"\s*(?:{re.escape(table['and'])}\s+)?").match(text, named)
            small = next((n for n in numbers if joint and n.start == joint.end() and float(n.value) < 100), None)
            hundredths = _follows(text, small.end, table["hundredths"]) if small is not None else None
            if small is not None and hundredths is not None:
                amount, end = amount + float(small.value) / 100, hundredths
            yield _Put(value.start, end, _sum(amount, sign, table))
            break


def _follows(text: str, at: int, words: Sequence[str]) -> int | None:
    """Where one of the words ends that stands there."""
    for word in words:
        edge = r"(?!\w)" if word[0] < "\u2e80" else ""
        if found := re.compile(rf"\s*{re.escape(word)}{edge}", re.IGNORECASE).match(text, at):
            return found.end()
    return None


def _sum(amount: float, sign: str, table: Mapping[str, Any]) -> str:
    figure = _figure(amount, table) if amount == int(amount) else f"{amount:.2f}".replace(".", table["decimal"])
    return f"{sign}{figure}" if table["before"] else f"{figure}\u00a0{sign}"


def _numbers(text: str, values: Sequence[Value], form: str, table: Mapping[str, Any]) -> Iterator[_Put]:
    for value in values:
        said = text[value.start : value.end]
        if value.kind == "percent" and not _bare(value, values):
            inner = next((v.value for v in values if v.kind == "number" and _within(v, value)), value.value)
            yield _Put(value.start, value.end, f"{_figure(float(inner), table)}{table['percent']}")
        elif value.kind == "number" and not any(char.isdigit() for char in said):
            if said.casefold() in table["one"] or (form == "ten_up" and abs(float(value.value)) < _TEN):
                continue
            yield _Put(value.start, value.end, _figure(float(value.value), table))


def _bare(value: Value, values: Sequence[Value]) -> bool:
    """A number alone is offered as a percentage as well."""
    return any(v.kind == "number" and (v.start, v.end) == (value.start, value.end) for v in values)


def _within(inner: Value, outer: Value) -> bool:
    return outer.start <= inner.start and inner.end <= outer.end


def _figure(value: float, table: Mapping[str, Any]) -> str:
    return str(int(value)) if value == int(value) else f"{value:g}".replace(".", table["decimal"])


def digits(text: str, values: Sequence[Value], code: str) -> str | None:
    """Nothing but figures and the signs between them: "one two point five" -> "12.5". None where a word is neither."""
    from .spelling import spelled

    made, at = "", 0
    for value in sorted((v for v in values if v.kind == "number"), key=lambda v: v.start):
        between = spelled(text[at : value.start], code)
        if between is None or any(char.isalpha() for char in between):
            return None
        said = text[value.start : value.end]
        figure = (
            re.sub(r"(?<=\d),(?=\d{3})", "", said) if said[0].isdigit() else _figure(float(value.value), _table(code))
        )
        made += between + figure
        at = value.end
    rest = spelled(text[at:], code)
    return None if rest is None or any(char.isalpha() for char in rest) else made + rest
