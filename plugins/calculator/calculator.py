"""Arithmetic, percentages, tips and units, exactly: fractions, never floating point, and nothing is ever evaluated."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from aihear_voice.plugin import Context

from . import expression, figures, units
from .expression import NoResult, NotUnderstood, Result

Amount = int | float
_LAST = "last"  # in the store: the last result


def calculate(ctx: Context, **numbers: Amount) -> str:
    """numbers: those that the template met; the sentence itself is read, since templates know nothing of brackets."""
    return _reckoned(ctx, None)


def go_on(ctx: Context, **numbers: Amount) -> str:
    """ "Times three": with the last result."""
    last = ctx.store.load().get(_LAST)
    return _reckoned(ctx, Fraction(str(last)) if last else None)


def _reckoned(ctx: Context, last: Fraction | None) -> str:
    try:
        result = expression.evaluate(ctx.text, ctx.language, ctx.values(ctx.text), last)
    except NotUnderstood:
        return ctx.t("not_understood")
    except NoResult as reason:
        return ctx.t(str(reason))
    ctx.store.save({_LAST: str(result.value)})
    return _told(ctx, "result", result)


def share(ctx: Context, part: Amount, whole: Amount) -> str:
    """What percentage of `whole` is `part`."""
    if not whole:
        return ctx.t("zero_division")
    return _told(ctx, "share", Result(100 * _exact(part) / _exact(whole)))


def tip(ctx: Context, amount: Amount, percent: Amount | None = None, people: int = 1) -> str:
    rate = _exact(ctx.settings["tip_percent"] if percent is None else percent)
    if people < 1:
        return ctx.t("zero_division")
    extra = Result(_exact(amount) * rate / 100)
    total = _exact(amount) + extra.value
    values = {"percent": _money(ctx, Result(rate)), "tip": _money(ctx, extra), "total": _money(ctx, Result(total))}
    if people > 1:
        return ctx.t("tip_each", each=_money(ctx, Result(total / people)), **values)
    return ctx.t("tip", **values)


def split(ctx: Context, amount: Amount, people: int) -> str:
    if people < 1:
        return ctx.t("zero_division")
    return ctx.t("each", each=_money(ctx, Result(_exact(amount) / people)))


def _money(ctx: Context, result: Result) -> str:
    """Two places, as in any currency."""
    text, power, _ = figures.written(Result(Fraction(figures.rounded(result.value * 100), 100)), ctx.language, 2)
    return text if not power else _power(ctx, text, power)


# Units


def convert(
    ctx: Context,
    source: str,
    target: str,
    amount: Amount = 1,
    plus: float = 0,
    sign: int = 1,
    more: Amount = 0,
    extra: str = "",
) -> str:
    """ "6 feet 2 in metres": amount 6, source foot, more 2, extra inch where it is named."""
    imperial = bool(ctx.settings["imperial"])
    value = sign * units.sign_written(ctx.text) * (_exact(amount) + _exact(plus))
    source, target = units.matching(source, target, imperial)
    try:
        value += units.smaller(_exact(more), extra, source) if more else 0
        result = Result(units.converted(value, source, target), units.exact(source, target))
    except units.OtherKind:
        names = [units.name(ctx, unit, Fraction(2)) for unit in (source, target)]
        return ctx.t("other_kind", source=_capital(names[0]), target=names[1])
    except units.TooCold:
        return ctx.t("too_cold")
    before = _quantity(ctx, value, source)
    if more:
        whole = value - units.smaller(_exact(more), extra, source)
        before = f"{_quantity(ctx, whole, source)} {_quantity(ctx, _exact(more), extra or units.next_to(source))}"
    exact = _figures(ctx, result)[1]
    after = _quantity(ctx, result.value, target)
    return ctx.t("converted" if exact else "converted_about", source=before, target=after)


def convert_more(ctx: Context, target: str, **former: Any) -> str:
    """ "And in feet?": the same quantity."""
    return convert(ctx, target=target, **former)


def currency(ctx: Context, **said: object) -> str:
    return ctx.t("currency")


# Words


def _exact(value: Amount) -> Fraction:
    """The decimal that was said: 0.1 is a tenth."""
    return Fraction(str(value))


def _told(ctx: Context, key: str, result: Result) -> str:
    text, exact = _figures(ctx, result)
    return ctx.t(key if exact else f"{key}_about", result=text)


def _quantity(ctx: Context, value: Fraction, unit: str) -> str:
    return ctx.t("quantity", number=_figures(ctx, Result(value))[0], unit=units.name(ctx, unit, value))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _figures(ctx: Context, result: Result) -> tuple[str, bool]:
    text, power, exact = figures.written(result, ctx.language, int(ctx.settings["decimals"]))
    return (_power(ctx, text, power) if power else text), exact


def _power(ctx: Context, text: str, power: int) -> str:
    return ctx.t("power" if power > 0 else "small_power", figures=text, power=abs(power))
