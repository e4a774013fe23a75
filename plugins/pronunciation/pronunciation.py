"""Practise a word or a sentence: the program says what to say, listens, and tells what came across."""

from __future__ import annotations

import tomllib
from pathlib import Path

from aihear_voice.plugin import Context, Reply, Then
from aihear_voice.pronunciation import check as checking
from aihear_voice.pronunciation.report import finding
from aihear_voice.pronunciation.words import split

_PRACTICE = Path(__file__).with_name("practice.toml")


def check(ctx: Context, target: str = "") -> Reply:
    return _ask_for(ctx, target) if split(target) else next_one(ctx)


def next_one(ctx: Context) -> Reply:
    """The next of our own sentences."""
    sentences = tomllib.loads(_PRACTICE.read_text(encoding="utf-8"))
    mine: list[str] = sentences.get(ctx.language) or sentences["en"]
    place = _number(ctx.store.load().get("next"))
    _keep(ctx, next=place + 1)
    return _ask_for(ctx, mine[place % len(mine)])


def again(ctx: Context) -> Reply:
    """The text that was practised last."""
    last = _kept(ctx, "target")
    return _ask_for(ctx, last) if last else next_one(ctx)


def attempt(ctx: Context, target: str = "") -> str:
    """What was said after "Say: ..."."""
    if ctx.audio is None:
        return ctx.t("no_sound")
    report = checking.unheard(target, ctx.audio) or checking.assess(target, ctx.word_times(), ctx.audio)
    ctx.scored(target, report.accuracy if report.total is None else report.total, report.refused or "")
    name, values = finding(report)
    verdict = ctx.t(name, **values)
    _keep(ctx, target=target, verdict=verdict)
    return verdict


def was_it_right(ctx: Context) -> str:
    """The last verdict once more."""
    return _kept(ctx, "verdict") or ctx.t("nothing_yet")


def say_it(ctx: Context, target: str) -> str:
    """The voice says it; a voice may be wrong about names."""
    _keep(ctx, target=target)
    return target


def slowly(ctx: Context) -> str:
    """Word by word: a comma makes a voice pause."""
    last = _kept(ctx, "target")
    return ", ".join(split(last)) if last else ctx.t("nothing_yet")


def _ask_for(ctx: Context, target: str) -> Reply:
    _keep(ctx, target=target)
    listen = Then(do="listen", purpose="practise", intent="attempt", slots={"target": target})
    return Reply(ctx.t("say", target=target), then=listen)


def _keep(ctx: Context, **values: object) -> None:
    ctx.store.save({**ctx.store.load(), **values})


def _kept(ctx: Context, key: str) -> str:
    value = ctx.store.load().get(key)
    return value if isinstance(value, str) else ""


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0
