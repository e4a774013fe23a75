"""How the clock says times, days and lengths, in the sentence's language."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date as Date
from datetime import datetime, timedelta, tzinfo

from aihear_voice.plugin import Context
from aihear_voice.plugin.alarms import Repeat

_UNITS = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))
DAILY, WEEKDAYS, WEEKEND = "0123456", "01234", "56"


def words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", text.casefold())


def label(text: str) -> str:
    """ "the pasta timer" is "pasta"."""
    return re.sub(r"^(the|my|a|an)\s+|\s*timers?$", "", text.strip(), flags=re.IGNORECASE)


def topic(text: str) -> str:
    """What a reminder is of, without the word that joins it: "d'appeler Anna" is "appeler Anna"."""
    return re.sub(r"^(d|qu)['’]\s*", "", text.strip(), flags=re.IGNORECASE)


def refers(said: str, name: str, label: str) -> bool:
    """Whether the answer to "which one?" means that one. Where words are not parted, it holds the label."""
    return bool(set(words(said)) & set(words(name))) or bool(label and label in said)


def holds(name: str, said: str) -> bool:
    """Whether all the words of `said` are in `name`; where words are not parted, whether `said` is in it."""
    return set(words(said)) <= set(words(name)) or said.strip().casefold() in name.casefold()


def capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def duration(ctx: Context, seconds: int) -> str:
    """In the two largest units that matter: "1 hour and 30 minutes"."""
    told: list[str] = []
    for unit, size in _UNITS:
        count, seconds = divmod(seconds, size)
        if count and len(told) < 2:
            told.append(ctx.t(unit if count == 1 else f"{unit}s", n=count))
    return listed(ctx, told)


def listed(ctx: Context, told: Sequence[str]) -> str:
    if len(told) < 2:
        return "".join(told)
    return ctx.t("and", first=ctx.t("comma").join(told[:-1]), last=told[-1])


def clock(ctx: Context, when: datetime) -> str:
    half = ctx.t("am" if when.hour < 12 else "pm")
    key = ("clock12" if short(ctx) else "clock24") + ("" if when.minute else "_full")
    return ctx.t(key, hour=hour(ctx, when), minute=f"{when.minute:02}", half=half)


def short(ctx: Context) -> bool:
    style = str(ctx.settings["hours"])
    return style == "12" or (style == "auto" and ctx.language == "en")


def hour(ctx: Context, when: datetime) -> int:
    return (when.hour - 1) % 12 + 1 if short(ctx) else when.hour


def weekday(ctx: Context, when: Date) -> str:
    return ctx.t("weekdays").split(",")[when.weekday()]


def month(ctx: Context, when: Date) -> str:
    return ctx.t("months").split(",")[when.month - 1]


def when(ctx: Context, when: datetime) -> str:
    days = (when.date() - ctx.now().date()).days
    time, day = clock(ctx, when), weekday(ctx, when)
    if days in (0, 1):
        return ctx.t("today" if days == 0 else "tomorrow", time=time)
    if 1 < days < 7:
        return ctx.t("on_day", time=time, weekday=day)
    return ctx.t("on_date", time=time, weekday=day, date=ctx.t("day_month", day=when.day, month=month(ctx, when)))


def moment(ctx: Context, time: str, date: str) -> datetime:
    """Without a date, the next time that it is that late."""
    now = ctx.now()
    hour, minute = (int(part) for part in time.split(":"))
    day = Date.fromisoformat(date) if date else now.date()
    when = zoned(ctx, datetime(day.year, day.month, day.day, hour, minute))
    if not date and when <= now:
        tomorrow = day + timedelta(days=1)
        when = zoned(ctx, datetime(tomorrow.year, tomorrow.month, tomorrow.day, hour, minute))
    return when


def zone(ctx: Context) -> tzinfo | None:
    """The person's time zone; None where it is the computer's."""
    now = ctx.now()
    return None if now.utcoffset() == now.astimezone().utcoffset() else now.tzinfo


def zoned(ctx: Context, naive: datetime) -> datetime:
    """In the person's time zone on that day: over a change to summer time, 7:00 stays 7:00."""
    theirs = zone(ctx)
    return naive.astimezone() if theirs is None else naive.replace(tzinfo=theirs)


def repeated(ctx: Context, repeat: Repeat) -> str:
    """ "7 AM every weekday", "every 2 hours"."""
    if not repeat.days:
        return ctx.t("each_span", duration=duration(ctx, round(repeat.seconds)))
    known = {DAILY: "daily", WEEKDAYS: "on_weekdays", WEEKEND: "on_weekends"}
    days = "".join(map(str, repeat.days))
    hour, minute = (int(part) for part in repeat.time.split(":"))
    time = clock(ctx, datetime(2000, 1, 1, hour, minute))
    if days in known:
        return ctx.t(known[days], time=time)
    names = [ctx.t("weekdays").split(",")[day] for day in repeat.days]
    return ctx.t("on_days", time=time, days=listed(ctx, names))


def local(ctx: Context, at: float) -> datetime:
    return zoned(ctx, datetime.fromtimestamp(at, ctx.now().tzinfo).replace(tzinfo=None))
