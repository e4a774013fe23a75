"""Time, date, timers, alarms and reminders. All that waits is kept in `ctx.alarms`, and survives a restart.

An alarm's slots: kind (timer, alarm, reminder), label, due (seconds since 1970), seconds (a timer's whole length).
Paused timers wait in the plugin's store instead, as {"paused": [{label, seconds, left}]}.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date as Date
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from aihear_voice.plugin import Context, Reply, Then

if TYPE_CHECKING:
    from aihear_voice.plugin.alarms import Alarm

TIMER, ALARM, REMINDER = "timer", "alarm", "reminder"
LATE = 60.0  # seconds after which what should have rung is told as missed
_UNITS = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))


def tell_time(ctx: Context) -> str:
    now = ctx.now()
    return ctx.t("time_one" if _hour(ctx, now) == 1 else "time", time=_clock(ctx, now))


def tell_date(ctx: Context) -> str:
    now = ctx.now()
    return ctx.t("date", weekday=_weekday(ctx, now), month=_month(ctx, now), day=now.day, year=now.year)


# Timers


def start_timer(ctx: Context, seconds: int, label: str = "") -> Reply | str:
    if seconds < 1:
        return ctx.t("too_short")
    label = _label(label)
    undo = _wait(ctx, TIMER, label, ctx.now().timestamp() + seconds, seconds)
    duration = _duration(ctx, seconds)
    key = "named_set" if label else "timer_set"
    return Reply(ctx.t(key, label=_capital(label), duration=duration), undo=undo)


def how_long(ctx: Context) -> str:
    return ctx.t("how_long")


def cancel_timer(ctx: Context, label: str = "", seconds: int = 0) -> Reply | str:
    timers = _timers(ctx)
    if not timers:
        return ctx.t("no_timer")
    chosen = _chosen(timers, label, seconds)
    if not chosen:
        return ctx.t("no_such_timer", label=label or _duration(ctx, seconds))
    if len(chosen) > 1:
        names = ctx.t("comma").join(_name(ctx, timer) for timer in chosen)
        return Reply(ctx.t("which_timer", names=names), then=Then("listen", intent="which_timer"))
    _end(ctx, chosen)
    return ctx.t("timer_cancelled", name=_capital(_name(ctx, chosen[0])))


def which_timer(ctx: Context) -> str:
    """The answer to "which one?": whatever of a timer's name was said."""
    said = set(_words(ctx.text))
    chosen = [timer for timer in _timers(ctx) if said & set(_words(f"{timer.label} {_duration(ctx, timer.seconds)}"))]
    if len(chosen) != 1:
        return ctx.t("no_such_timer", label=ctx.text.strip(" .!?"))
    _end(ctx, chosen)
    return ctx.t("timer_cancelled", name=_capital(_name(ctx, chosen[0])))


def cancel_all_timers(ctx: Context) -> str:
    timers = _timers(ctx)
    if len(timers) < 2:
        return str(cancel_timer(ctx))
    _end(ctx, timers)
    return ctx.t("timers_cancelled", count=len(timers))


def time_left(ctx: Context, label: str = "") -> str:
    timers = _timers(ctx)
    if not timers:
        return ctx.t("no_timer")
    chosen = _chosen(timers, label, 0)
    if not chosen:
        return ctx.t("no_such_timer", label=label)
    if len(timers) == 1 and not timers[0].paused and not timers[0].label:
        return ctx.t("left_only", duration=_duration(ctx, timers[0].left))
    told = [
        ctx.t("paused_left" if timer.paused else "left", duration=_duration(ctx, timer.left), name=_name(ctx, timer))
        for timer in chosen
    ]
    return " ".join(told)


def pause_timer(ctx: Context, label: str = "") -> str:
    chosen = _chosen(_timers(ctx), label, 0)
    running = [timer for timer in chosen if not timer.paused]
    if not running:
        return ctx.t("already_paused", name=_name(ctx, chosen[0])) if chosen else ctx.t("no_timer")
    timer = running[0]
    ctx.alarms.remove(timer.alarm)
    _keep_paused(ctx, [*_paused(ctx), {"label": timer.label, "seconds": timer.seconds, "left": timer.left}])
    return ctx.t("timer_paused", name=_capital(_name(ctx, timer)), duration=_duration(ctx, timer.left))


def resume_timer(ctx: Context, label: str = "") -> str:
    chosen = [timer for timer in _chosen(_timers(ctx), label, 0) if timer.paused]
    if not chosen:
        return ctx.t("no_paused")
    timer = chosen[0]
    _forget_paused(ctx, [timer])
    _wait(ctx, TIMER, timer.label, ctx.now().timestamp() + timer.left, timer.seconds)
    return ctx.t("timer_resumed", name=_capital(_name(ctx, timer)), duration=_duration(ctx, timer.left))


@dataclass(frozen=True)
class _Timer:
    """alarm: its id while it runs; left: seconds"""

    label: str
    seconds: int
    left: int
    alarm: int = 0
    paused: bool = False


def _timers(ctx: Context) -> list[_Timer]:
    now = ctx.now().timestamp()
    running = [
        _Timer(a.slots["label"], a.slots["seconds"], max(1, round(a.at - now)), a.id) for a in _waiting(ctx, TIMER)
    ]
    return running + [_Timer(kept["label"], kept["seconds"], kept["left"], paused=True) for kept in _paused(ctx)]


def _chosen(timers: Sequence[_Timer], label: str, seconds: int) -> list[_Timer]:
    """Those that are meant: by name, by whole length, or all."""
    if seconds:
        return [timer for timer in timers if timer.seconds == seconds]
    wanted = set(_words(_label(label)))
    return [timer for timer in timers if wanted <= set(_words(timer.label))]


def _end(ctx: Context, timers: Sequence[_Timer]) -> None:
    for timer in timers:
        if not timer.paused:
            ctx.alarms.remove(timer.alarm)
    _forget_paused(ctx, [timer for timer in timers if timer.paused])


def _paused(ctx: Context) -> list[dict[str, Any]]:
    kept = ctx.store.load().get("paused")
    return list(kept) if isinstance(kept, list) else []


def _forget_paused(ctx: Context, timers: Sequence[_Timer]) -> None:
    if timers:
        gone = [{"label": timer.label, "seconds": timer.seconds, "left": timer.left} for timer in timers]
        _keep_paused(ctx, [kept for kept in _paused(ctx) if kept not in gone])


def _keep_paused(ctx: Context, paused: Sequence[dict[str, Any]]) -> None:
    ctx.store.save({**ctx.store.load(), "paused": list(paused)})


def _name(ctx: Context, timer: _Timer) -> str:
    if timer.label:
        return ctx.t("timer_named", label=timer.label)
    return ctx.t("timer_of", duration=_duration(ctx, timer.seconds))


# Alarms


def set_alarm(ctx: Context, time: str, date: str = "") -> Reply | str:
    when = _moment(ctx, time, date)
    if when <= ctx.now():
        return ctx.t("alarm_past", when=_when(ctx, when))
    undo = _wait(ctx, ALARM, "", when.timestamp())
    return Reply(ctx.t("alarm_set", when=_when(ctx, when)), undo=undo)


def cancel_alarm(ctx: Context, time: str = "") -> str:
    """Of that time; else the next one."""
    alarms = _waiting(ctx, ALARM)
    if not alarms:
        return ctx.t("no_alarm")
    meant = [alarm for alarm in alarms if not time or _local(ctx, alarm.at).strftime("%H:%M") == time]
    if not meant:
        return ctx.t("no_such_alarm", time=_clock(ctx, _moment(ctx, time, "")))
    ctx.alarms.remove(meant[0].id)
    return ctx.t("alarm_cancelled", when=_when(ctx, _local(ctx, meant[0].at)))


def cancel_all_alarms(ctx: Context) -> str:
    alarms = _waiting(ctx, ALARM) + _waiting(ctx, REMINDER)
    for alarm in alarms:
        ctx.alarms.remove(alarm.id)
    return ctx.t("alarms_cancelled", count=len(alarms)) if alarms else ctx.t("no_alarm")


def list_alarms(ctx: Context) -> str:
    told = [_when(ctx, _local(ctx, alarm.at)) for alarm in _waiting(ctx, ALARM)]
    if not told:
        return ctx.t("no_alarm")
    return ctx.t("one_alarm" if len(told) == 1 else "alarms", list=_listed(ctx, told))


# Reminders


def remind_in(ctx: Context, seconds: int, label: str) -> Reply:
    return _remind(ctx, ctx.now() + timedelta(seconds=max(1, seconds)), label)


def remind_at(ctx: Context, label: str, time: str = "", date: str = "") -> Reply | str:
    when = _moment(ctx, time or str(ctx.settings["reminder_time"]), date)
    if when <= ctx.now():
        return ctx.t("alarm_past", when=_when(ctx, when))
    return _remind(ctx, when, label)


def _remind(ctx: Context, when: datetime, label: str) -> Reply:
    undo = _wait(ctx, REMINDER, label, when.timestamp())
    return Reply(ctx.t("reminder_set", when=_when(ctx, when), label=label), undo=undo)


def list_reminders(ctx: Context) -> str:
    told = [
        ctx.t("reminder_item", label=_capital(alarm.slots["label"]), when=_when(ctx, _local(ctx, alarm.at)))
        for alarm in _waiting(ctx, REMINDER)
    ]
    return ctx.t("reminders", list="; ".join(told)) if told else ctx.t("no_reminder")


# Ringing


def ring(ctx: Context, kind: str, label: str = "", due: float = 0.0, seconds: int = 0) -> Reply:
    """Called when the time of something has come, or had come while the program was off."""
    ctx.store.save({**ctx.store.load(), "rang": {"kind": kind, "label": label, "seconds": seconds}})
    name = _name(ctx, _Timer(label, seconds, 0)) if kind == TIMER else ""
    if ctx.now().timestamp() - due > LATE:
        what = ctx.t(f"what_{kind}", name=name, label=label)
        return Reply(ctx.t("missed", what=what, when=_when(ctx, _local(ctx, due))), ring=True)
    if kind == TIMER:
        text = ctx.t("timer_done", name=name)
    elif kind == REMINDER:
        text = ctx.t("reminder_rings", label=label)
    else:
        text = tell_time(ctx)
    return Reply(text, ring=True)


def snooze(ctx: Context, seconds: int = 0, minutes: float = 0) -> str:
    """What rang last rings again."""
    rang = ctx.store.load().get("rang")
    if not isinstance(rang, dict):
        return ctx.t("nothing_rang")
    wait = seconds or round(60 * float(minutes or ctx.settings["snooze_minutes"]))
    _wait(ctx, rang["kind"], rang["label"], ctx.now().timestamp() + wait, rang["seconds"] or wait)
    return ctx.t("snoozed", duration=_duration(ctx, wait))


def _wait(ctx: Context, kind: str, label: str, at: float, seconds: int = 0) -> Callable[[], object]:
    """Returns how to take it back."""
    slots = {"kind": kind, "label": label, "due": at, "seconds": seconds}
    alarm = ctx.alarms.add(at, ctx.plugin.name, "ring", slots, ctx.language)
    return lambda: ctx.alarms.remove(alarm.id)


def _waiting(ctx: Context, kind: str) -> list[Alarm]:
    return [alarm for alarm in ctx.alarms.all(ctx.plugin.name) if alarm.slots.get("kind") == kind]


# Words


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", text.casefold())


def _label(text: str) -> str:
    """ "the pasta timer" is "pasta"."""
    return re.sub(r"^(the|my|a|an)\s+|\s*timers?$", "", text.strip(), flags=re.IGNORECASE)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _duration(ctx: Context, seconds: int) -> str:
    """In the two largest units that matter: "1 hour and 30 minutes"."""
    told: list[str] = []
    for unit, size in _UNITS:
        count, seconds = divmod(seconds, size)
        if count and len(told) < 2:
            told.append(ctx.t(unit if count == 1 else f"{unit}s", n=count))
    return _listed(ctx, told)


def _listed(ctx: Context, told: Sequence[str]) -> str:
    if len(told) < 2:
        return "".join(told)
    return ctx.t("and", first=ctx.t("comma").join(told[:-1]), last=told[-1])


def _clock(ctx: Context, when: datetime) -> str:
    half = ctx.t("am" if when.hour < 12 else "pm")
    key = ("clock12" if _short(ctx) else "clock24") + ("" if when.minute else "_full")
    return ctx.t(key, hour=_hour(ctx, when), minute=f"{when.minute:02}", half=half)


def _short(ctx: Context) -> bool:
    style = str(ctx.settings["hours"])
    return style == "12" or (style == "auto" and ctx.language == "en")


def _hour(ctx: Context, when: datetime) -> int:
    return (when.hour - 1) % 12 + 1 if _short(ctx) else when.hour


def _weekday(ctx: Context, when: Date) -> str:
    return ctx.t("weekdays").split(",")[when.weekday()]


def _month(ctx: Context, when: Date) -> str:
    return ctx.t("months").split(",")[when.month - 1]


def _when(ctx: Context, when: datetime) -> str:
    days = (when.date() - ctx.now().date()).days
    time, weekday = _clock(ctx, when), _weekday(ctx, when)
    if days in (0, 1):
        return ctx.t("today" if days == 0 else "tomorrow", time=time)
    if 1 < days < 7:
        return ctx.t("on_day", time=time, weekday=weekday)
    return ctx.t("on_date", time=time, weekday=weekday, date=ctx.t("day_month", day=when.day, month=_month(ctx, when)))


def _moment(ctx: Context, time: str, date: str) -> datetime:
    """Without a date, the next time that it is that late."""
    now = ctx.now()
    hour, minute = (int(part) for part in time.split(":"))
    day = Date.fromisoformat(date) if date else now.date()
    when = _zoned(ctx, datetime(day.year, day.month, day.day, hour, minute))
    if not date and when <= now:
        tomorrow = day + timedelta(days=1)
        when = _zoned(ctx, datetime(tomorrow.year, tomorrow.month, tomorrow.day, hour, minute))
    return when


def _zoned(ctx: Context, naive: datetime) -> datetime:
    """In the person's time zone on that day: over a change to summer time, 7:00 stays 7:00."""
    now = ctx.now()
    system = naive.astimezone()
    return system if now.utcoffset() == now.astimezone().utcoffset() else naive.replace(tzinfo=now.tzinfo)


def _local(ctx: Context, at: float) -> datetime:
    return _zoned(ctx, datetime.fromtimestamp(at, ctx.now().tzinfo).replace(tzinfo=None))
