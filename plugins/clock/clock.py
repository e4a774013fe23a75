"""Time, date, timers, alarms and reminders. All that waits is kept in `ctx.alarms`, and survives a restart.

An alarm's slots: kind (timer, alarm, reminder), label, due (seconds since 1970), seconds (a timer's whole length); what
repeats has its rhythm beside them. Paused timers wait in the plugin's store, as {"paused": [{label, seconds, left}]}.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from aihear_voice.plugin import Context, Reply, Then
from aihear_voice.plugin.alarms import Repeat

from . import telling

if TYPE_CHECKING:
    from aihear_voice.plugin.alarms import Alarm

TIMER, ALARM, REMINDER = "timer", "alarm", "reminder"
MOST_OFTEN = 60  # seconds, at least, between two of what repeats
LATE = 60.0  # seconds after which what should have rung is told as missed


def tell_time(ctx: Context) -> str:
    now = ctx.now()
    return ctx.t("time_one" if telling.hour(ctx, now) == 1 else "time", time=telling.clock(ctx, now))


def tell_date(ctx: Context) -> str:
    now = ctx.now()
    return ctx.t("date", weekday=telling.weekday(ctx, now), month=telling.month(ctx, now), day=now.day, year=now.year)


# Timers


def start_timer(ctx: Context, seconds: int, label: str = "") -> Reply | str:
    if seconds < 1:
        return ctx.t("too_short")
    label = telling.label(label)
    undo = _wait(ctx, TIMER, label, ctx.now().timestamp() + seconds, seconds)
    duration = telling.duration(ctx, seconds)
    key = "named_set" if label else "timer_set"
    return Reply(ctx.t(key, label=telling.capital(label), duration=duration), undo=undo)


def how_long(ctx: Context) -> str:
    return ctx.t("how_long")


def cancel_timer(ctx: Context, label: str = "", seconds: int = 0) -> Reply | str:
    timers = _timers(ctx)
    if not timers:
        return ctx.t("no_timer")
    chosen = _chosen(timers, label, seconds)
    if not chosen:
        return ctx.t("no_such_timer", label=label or telling.duration(ctx, seconds))
    if len(chosen) > 1:
        names = ctx.t("comma").join(_name(ctx, timer) for timer in chosen)
        return Reply(ctx.t("which_timer", names=names), then=Then("listen", intent="which_timer"))
    undo = _end(ctx, chosen)
    return Reply(ctx.t("timer_cancelled", name=telling.capital(_name(ctx, chosen[0]))), undo=undo)


def which_timer(ctx: Context) -> Reply | str:
    """The answer to "which one?": whatever of a timer's name was said."""
    chosen = [timer for timer in _timers(ctx) if telling.refers(ctx.text, _of(ctx, timer), timer.label)]
    if len(chosen) != 1:
        return ctx.t("no_such_timer", label=ctx.text.strip(" .!?"))
    undo = _end(ctx, chosen)
    return Reply(ctx.t("timer_cancelled", name=telling.capital(_name(ctx, chosen[0]))), undo=undo)


def cancel_all_timers(ctx: Context) -> Reply | str:
    timers = _timers(ctx)
    if len(timers) < 2:
        return cancel_timer(ctx)
    return Reply(ctx.t("timers_cancelled", count=len(timers)), undo=_end(ctx, timers))


def time_left(ctx: Context, label: str = "") -> str:
    timers = _timers(ctx)
    if not timers:
        return ctx.t("no_timer")
    chosen = _chosen(timers, label, 0)
    if not chosen:
        return ctx.t("no_such_timer", label=label)
    if len(timers) == 1 and not timers[0].paused and not timers[0].label:
        return ctx.t("left_only", duration=telling.duration(ctx, timers[0].left))
    told = [
        ctx.t(
            "paused_left" if timer.paused else "left",
            duration=telling.duration(ctx, timer.left),
            name=_name(ctx, timer),
        )
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
    return ctx.t("timer_paused", name=telling.capital(_name(ctx, timer)), duration=telling.duration(ctx, timer.left))


def resume_timer(ctx: Context, label: str = "") -> str:
    chosen = [timer for timer in _chosen(_timers(ctx), label, 0) if timer.paused]
    if not chosen:
        return ctx.t("no_paused")
    timer = chosen[0]
    _forget_paused(ctx, [timer])
    _wait(ctx, TIMER, timer.label, ctx.now().timestamp() + timer.left, timer.seconds)
    return ctx.t("timer_resumed", name=telling.capital(_name(ctx, timer)), duration=telling.duration(ctx, timer.left))


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
    wanted = set(telling.words(telling.label(label)))
    return [timer for timer in timers if wanted <= set(telling.words(timer.label))]


def _end(ctx: Context, timers: Sequence[_Timer]) -> Callable[[], object]:
    """Returns how to go on with them."""
    numbers = {timer.alarm for timer in timers if not timer.paused}
    go_on = _stop(ctx, [alarm for alarm in _waiting(ctx, TIMER) if alarm.id in numbers])
    paused = [timer for timer in timers if timer.paused]
    _forget_paused(ctx, paused)
    gone = [{"label": timer.label, "seconds": timer.seconds, "left": timer.left} for timer in paused]

    def undo() -> None:
        go_on()
        _keep_paused(ctx, [*_paused(ctx), *gone])

    return undo


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
    return ctx.t("timer_of", duration=telling.duration(ctx, timer.seconds))


def _of(ctx: Context, timer: _Timer) -> str:
    return f"{timer.label} {telling.duration(ctx, timer.seconds)}"


# Alarms and reminders


def set_alarm(ctx: Context, time: str, date: str = "", label: str = "") -> Reply | str:
    when = telling.moment(ctx, time, date)
    if when <= ctx.now():
        return ctx.t("alarm_past", when=telling.when(ctx, when))
    undo = _wait(ctx, ALARM, label, when.timestamp())
    return Reply(_told_set(ctx, ALARM, label, telling.when(ctx, when)), undo=undo)


def repeat_alarm(
    ctx: Context, time: str = "", days: str = "", more: str = "", most: str = "", seconds: int = 0, label: str = ""
) -> Reply | str:
    """On some days of the week, or each time that so many seconds have passed."""
    if not time and not seconds:
        return ctx.t("at_what_time")
    return _repeat(ctx, ALARM, label, _rhythm(time, days + more + most, seconds))


def remind_in(ctx: Context, seconds: int, label: str) -> Reply:
    return _remind(ctx, ctx.now() + timedelta(seconds=max(1, seconds)), label)


def remind_at(ctx: Context, label: str, time: str = "", date: str = "") -> Reply | str:
    when = telling.moment(ctx, time or str(ctx.settings["reminder_time"]), date)
    if when <= ctx.now():
        return ctx.t("alarm_past", when=telling.when(ctx, when))
    return _remind(ctx, when, label)


def repeat_reminder(
    ctx: Context, label: str, time: str = "", days: str = "", more: str = "", most: str = "", seconds: int = 0
) -> Reply | str:
    return _repeat(
        ctx, REMINDER, label, _rhythm(time or str(ctx.settings["reminder_time"]), days + more + most, seconds)
    )


def _remind(ctx: Context, when: datetime, label: str) -> Reply:
    label = telling.topic(label)
    undo = _wait(ctx, REMINDER, label, when.timestamp())
    return Reply(_told_set(ctx, REMINDER, label, telling.when(ctx, when)), undo=undo)


def _rhythm(time: str, days: str, seconds: int) -> Repeat:
    """days: figures, 0 is Monday; none: every day"""
    if seconds:
        return Repeat(seconds=seconds)
    return Repeat(tuple(sorted({int(day) for day in days or telling.DAILY})), time)


def _repeat(ctx: Context, kind: str, label: str, repeat: Repeat) -> Reply | str:
    if 0 < repeat.seconds < MOST_OFTEN:
        return ctx.t("too_often", duration=telling.duration(ctx, MOST_OFTEN))
    label = telling.topic(label)
    at = repeat.after(ctx.now().timestamp(), telling.zone(ctx))
    undo = _wait(ctx, kind, label, at, repeat=repeat)
    return Reply(_told_set(ctx, kind, label, telling.repeated(ctx, repeat)), undo=undo)


def _told_set(ctx: Context, kind: str, label: str, when: str) -> str:
    key = "reminder_set" if kind == REMINDER else "named_alarm_set" if label else "alarm_set"
    return ctx.t(key, when=when, label=label)


def cancel_alarm(
    ctx: Context, time: str = "", days: str = "", more: str = "", most: str = "", label: str = ""
) -> Reply | str:
    """Of that time, those days, that name; else the next one."""
    if not _waiting(ctx, ALARM):
        return ctx.t("no_alarm")
    meant = _meant(ctx, ALARM, time, days + more + most, label)
    if not meant:
        return _no_such(ctx, "alarm", time, label)
    undo = _stop(ctx, meant[:1])
    return Reply(ctx.t("alarm_cancelled", when=_due(ctx, meant[0])), undo=undo)


def cancel_reminder(
    ctx: Context, label: str = "", time: str = "", days: str = "", more: str = "", most: str = ""
) -> Reply | str:
    """Of that name, time or those days; where there are several, it is asked which."""
    if not _waiting(ctx, REMINDER):
        return ctx.t("no_reminder")
    meant = _meant(ctx, REMINDER, time, days + more + most, telling.topic(label))
    if not meant:
        return _no_such(ctx, "reminder", time, label)
    if len(meant) > 1:
        names = ctx.t("comma").join(_item(ctx, alarm) for alarm in meant)
        return Reply(ctx.t("which_reminder", names=names), then=Then("listen", intent="which_reminder"))
    return _reminder_cancelled(ctx, meant[0])


def which_reminder(ctx: Context) -> Reply | str:
    """The answer to "which one?": words of what it is of."""
    meant = [a for a in _waiting(ctx, REMINDER) if telling.refers(ctx.text, a.slots["label"], a.slots["label"])]
    if len(meant) != 1:
        return _no_such(ctx, "reminder", "", ctx.text.strip(" .!?。！？"))
    return _reminder_cancelled(ctx, meant[0])


def _reminder_cancelled(ctx: Context, alarm: Alarm) -> Reply:
    undo = _stop(ctx, [alarm])
    return Reply(ctx.t("reminder_cancelled", label=alarm.slots["label"]), undo=undo)


def _no_such(ctx: Context, kind: str, time: str, label: str) -> str:
    if time and not label:
        return ctx.t(f"no_such_{kind}", time=telling.clock(ctx, telling.moment(ctx, time, "")))
    return ctx.t(f"no_{kind}_named", label=label) if label else ctx.t(f"no_{kind}")


def _meant(ctx: Context, kind: str, time: str, days: str, label: str) -> list[Alarm]:
    """The exact name before parts of names; a day means what rings on it."""
    found = [
        alarm
        for alarm in _waiting(ctx, kind)
        if (not time or telling.local(ctx, alarm.at).strftime("%H:%M") == time)
        and (not days or _rings_on(ctx, alarm, {int(day) for day in days}))
    ]
    wanted = telling.words(label)
    same = [alarm for alarm in found if telling.words(alarm.slots["label"]) == wanted]
    return same if wanted and same else [alarm for alarm in found if telling.holds(alarm.slots["label"], label)]


def _rings_on(ctx: Context, alarm: Alarm, days: set[int]) -> bool:
    if alarm.repeat is not None:
        return days <= set(alarm.repeat.days)
    return telling.local(ctx, alarm.at).weekday() in days


def cancel_all_alarms(ctx: Context) -> Reply | str:
    return _cancel_all(ctx, ALARM, "no_alarm")


def cancel_all_reminders(ctx: Context) -> Reply | str:
    return _cancel_all(ctx, REMINDER, "no_reminder")


def _cancel_all(ctx: Context, kind: str, none: str) -> Reply | str:
    alarms = _waiting(ctx, kind)
    if not alarms:
        return ctx.t(none)
    return Reply(ctx.t("alarms_cancelled", count=len(alarms)), undo=_stop(ctx, alarms))


def list_alarms(ctx: Context) -> str:
    alarms = _waiting(ctx, ALARM)
    if not alarms:
        return ctx.t("no_alarm")
    told = [_item(ctx, alarm) if alarm.slots["label"] else _due(ctx, alarm) for alarm in alarms]
    return ctx.t("one_alarm" if len(told) == 1 else "alarms", list=telling.listed(ctx, told))


def list_reminders(ctx: Context) -> str:
    told = [_item(ctx, alarm) for alarm in _waiting(ctx, REMINDER)]
    return ctx.t("reminders", list="; ".join(told)) if told else ctx.t("no_reminder")


def _item(ctx: Context, alarm: Alarm) -> str:
    return ctx.t("reminder_item", label=telling.capital(alarm.slots["label"]), when=_due(ctx, alarm))


def _due(ctx: Context, alarm: Alarm) -> str:
    """When it rings: "7 AM tomorrow", "7 AM every weekday"."""
    if alarm.repeat is not None:
        return telling.repeated(ctx, alarm.repeat)
    return telling.when(ctx, telling.local(ctx, alarm.at))


# Ringing


def ring(ctx: Context, kind: str, label: str = "", due: float = 0.0, seconds: int = 0) -> Reply:
    """Called when the time of something has come, or had come while the program was off."""
    ctx.store.save({**ctx.store.load(), "rang": {"kind": kind, "label": label, "seconds": seconds}})
    name = _name(ctx, _Timer(label, seconds, 0)) if kind == TIMER else ""
    if ctx.now().timestamp() - due > LATE:
        what = ctx.t(f"what_{kind}", name=name, label=label)
        return Reply(ctx.t("missed", what=what, when=telling.when(ctx, telling.local(ctx, due))), ring=True)
    if kind == TIMER:
        text = ctx.t("timer_done", name=name)
    elif kind == REMINDER:
        text = ctx.t("reminder_rings", label=label)
    else:
        text = ctx.t("alarm_rings", label=telling.capital(label), time=tell_time(ctx)) if label else tell_time(ctx)
    return Reply(text, ring=True)


def snooze(ctx: Context, seconds: int = 0, minutes: float = 0) -> str:
    """What rang last rings again."""
    rang = ctx.store.load().get("rang")
    if not isinstance(rang, dict):
        return ctx.t("nothing_rang")
    wait = seconds or round(60 * float(minutes or ctx.settings["snooze_minutes"]))
    _wait(ctx, rang["kind"], rang["label"], ctx.now().timestamp() + wait, rang["seconds"] or wait)
    return ctx.t("snoozed", duration=telling.duration(ctx, wait))


# What follows on what was just set or told


def change_timer(ctx: Context, seconds: int, label: str = "") -> Reply | str:
    """ "Make it ten minutes": in place of the timer that was set last."""
    if seconds < 1:
        return ctx.t("too_short")
    back = _stop(ctx, _newest(ctx, TIMER))
    return _instead(start_timer(ctx, seconds, label), back)


def change_alarm(ctx: Context, time: str = "", date: str = "", label: str = "") -> Reply | str:
    back = _stop(ctx, _newest(ctx, ALARM))
    return _instead(set_alarm(ctx, time, date, label), back)


def change_reminder(
    ctx: Context,
    label: str = "",
    time: str = "",
    date: str = "",
    seconds: int = 0,
    new_time: str = "",
    new_date: str = "",
    new_seconds: int = 0,
) -> Reply | str:
    """To another time, another day, or both; what is not said stays as it was."""
    old = _newest(ctx, REMINDER)
    if not time and old:
        time = telling.local(ctx, old[0].at).strftime("%H:%M")
    back = _stop(ctx, old)
    if new_seconds:
        return _instead(remind_in(ctx, new_seconds, label), back)
    return _instead(remind_at(ctx, label, new_time or time, new_date or date), back)


def cancel_it(ctx: Context, **_: object) -> Reply | str:
    """What was set last, whatever it is."""
    waiting = [*_newest(ctx, TIMER), *_newest(ctx, ALARM), *_newest(ctx, REMINDER)]
    last = max(waiting, key=lambda alarm: alarm.id, default=None)
    if last is None:
        return ctx.t("no_timer")
    if last.slots["kind"] == REMINDER:
        return _reminder_cancelled(ctx, last)
    undo = _stop(ctx, [last])
    if last.slots["kind"] == ALARM:
        return Reply(ctx.t("alarm_cancelled", when=_due(ctx, last)), undo=undo)
    name = _name(ctx, _Timer(last.slots["label"], last.slots["seconds"], 0))
    return Reply(ctx.t("timer_cancelled", name=telling.capital(name)), undo=undo)


def date_of(ctx: Context, date: str) -> str:
    """ "What about tomorrow?", after the date was told."""
    day = telling.moment(ctx, "12:00", date)
    return ctx.t(
        "date_of", weekday=telling.weekday(ctx, day), month=telling.month(ctx, day), day=day.day, year=day.year
    )


def _newest(ctx: Context, kind: str) -> list[Alarm]:
    """The one that was set last, if there is any."""
    return sorted(_waiting(ctx, kind), key=lambda alarm: alarm.id)[-1:]


def _instead(reply: Reply | str, back: Callable[[], object]) -> Reply | str:
    """Where the new one cannot be, the old one stays; undoing the new one brings the old one back."""
    if isinstance(reply, str):
        back()
        return reply
    undo = reply.undo
    return replace(reply, undo=lambda: [undo() if undo is not None else None, back()])


def _wait(
    ctx: Context, kind: str, label: str, at: float, seconds: int = 0, repeat: Repeat | None = None
) -> Callable[[], object]:
    """Returns how to take it back."""
    slots = {"kind": kind, "label": label, "due": at, "seconds": seconds}
    alarm = ctx.alarms.add(at, ctx.plugin.name, "ring", slots, ctx.language, repeat=repeat)
    return lambda: ctx.alarms.remove(alarm.id)


def _stop(ctx: Context, alarms: Sequence[Alarm]) -> Callable[[], object]:
    """Returns how to set them again: as they were, and at once where their time has come meanwhile."""
    for alarm in alarms:
        ctx.alarms.remove(alarm.id)
    return lambda: [
        ctx.alarms.add(alarm.at, alarm.plugin, alarm.intent, alarm.slots, alarm.language, repeat=alarm.repeat)
        for alarm in alarms
    ]


def _waiting(ctx: Context, kind: str) -> list[Alarm]:
    return [alarm for alarm in ctx.alarms.all(ctx.plugin.name) if alarm.slots.get("kind") == kind]
