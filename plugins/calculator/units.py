"""Units of measurement, by the exact factors of units.toml."""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

from aihear_voice.plugin import Context

TEMPERATURE = "temperature"
_TABLES = ("about", "next", "same_name", "imperial")
_MINUS = re.compile(r"(?<![\w.,])[-−–]\s?(?=\d)")
_ALTERNATIVES = re.compile(r"\(([^()]*)\)")


class OtherKind(Exception):
    """Litres are no metres."""


class TooCold(Exception):
    """Below absolute zero."""


@functools.cache
def _data() -> Mapping[str, Any]:
    return tomllib.loads((Path(__file__).parent / "units.toml").read_text(encoding="utf-8"))


@functools.cache
def _kinds() -> Mapping[str, str]:
    """Of each unit."""
    return {unit: kind for kind, table in _data().items() if kind not in _TABLES for unit in table}


def converted(value: Fraction, source: str, target: str) -> Fraction:
    """Raises OtherKind, TooCold."""
    kind = _kinds()[source]
    if kind != _kinds()[target]:
        raise OtherKind(source, target)
    if kind != TEMPERATURE:
        return value * Fraction(_data()[kind][source]) / Fraction(_data()[kind][target])
    (plus, times), (minus, divided) = (map(Fraction, _data()[kind][unit]) for unit in (source, target))
    kelvin = (value + plus) * times
    if kelvin < 0:
        raise TooCold
    return kelvin / divided - minus


def exact(source: str, target: str) -> bool:
    return source == target or not {source, target} & set(_data()["about"]["units"])


def matching(source: str, target: str, imperial: bool) -> tuple[str, str]:
    """What two names mean beside each other: the ounces of a cup are fluid."""
    for first, second in ((source, target), (target, source)):
        other = _data()["same_name"].get(first)
        if other and _kinds()[first] != _kinds()[second] == _kinds()[other]:
            source, target = (other, target) if first == source else (source, other)
    names = _data()["imperial"] if imperial else {}
    return names.get(source, source), names.get(target, target)


def smaller(value: Fraction, unit: str, larger: str) -> Fraction:
    """`value` of the unit that is named, else of the next smaller one, in the larger. Raises OtherKind."""
    unit = unit or next_to(larger)
    if not unit or _kinds()[unit] == TEMPERATURE:
        raise OtherKind(larger, unit)
    return converted(value, unit, larger)


def next_to(unit: str) -> str:
    """What the second number counts in "6 foot 2"; "" where nothing is usual."""
    return str(_data()["next"].get(unit, ""))


def sign_written(text: str) -> int:
    """-1 for "-40 °F": the router does not see the sign."""
    return -1 if _MINUS.search(text) else 1


def name(ctx: Context, unit: str, count: Fraction) -> str:
    """As the list of units in sentences/<language>.toml calls it: first one, then several."""
    for language in (ctx.language, "en"):
        grammar = ctx.plugin.grammars.get(language)
        for says, out in grammar.lists["unit"] if grammar else ():
            if out == unit:
                one, *several = _ALTERNATIVES.split(says)[1].split("|") if "(" in says else [says]
                single = abs(count) < 2 if language == "fr" else abs(count) == 1
                return one if single or not several else several[0]
    return unit.replace("_", " ")
