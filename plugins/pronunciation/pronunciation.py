"""The practice loop: the voice says a text, the learner repeats it, and is told the one thing to work on.

It goes on until the learner says stop, or nothing. What a text is judged by and what comes next is in
aihear_voice.pronunciation; here it is put into words.
"""

from __future__ import annotations

import time
import tomllib
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from aihear_voice.plugin import Context, Reply, Then
from aihear_voice.plugin.store import MemoryStore
from aihear_voice.pronunciation import check as checking
from aihear_voice.pronunciation.coaching import contrast, practice
from aihear_voice.pronunciation.coaching.practice import Before, Drill, Outcome
from aihear_voice.pronunciation.coaching.progress import Attempt, Mark, Progress, ProgressError, open_progress
from aihear_voice.pronunciation.results import Why, refusal
from aihear_voice.pronunciation.text import articulation
from aihear_voice.pronunciation.text.words import language_of, split

_PRACTICE = Path(__file__).with_name("practice.toml")
_SLOW = 0.6  # of the voice's rate
_TRIES = 3  # at one text of a series, before it goes on
_REFUSED = 1  # so often a text is asked for again
_NAMED = 3  # weak sounds in an answer
_forgetful = MemoryStore()  # where nothing may be stored: it ends with the program


# What is asked for ------------------------------------------------------------------------------------------


def check(ctx: Context, target: str = "") -> Reply:
    """A text of the learner's own, or the next of ours."""
    if not split(target):
        return _begin(ctx, "sentences")
    pair = practice.pair_in(target)
    if pair is not None:
        return _ask_for(ctx, Drill(pair.text, pair.phones, pair=True), "")
    return _ask_for(ctx, Drill(target), "")


def say_it(ctx: Context, target: str) -> Reply:
    """The voice says it; who wants to repeats it. A voice may be wrong about names."""
    if target.casefold() not in ctx.t("it").split(",") or not _text(ctx, "target"):
        _keep(ctx, **_lesson(Drill(target), ""))
    return _example(ctx, _last(ctx))


def practise_sound(ctx: Context, sound: str) -> Reply:
    return _begin(ctx, f"sound:{sound}")


def practise_weak(ctx: Context) -> Reply:
    """What the learner's own attempts have shown to be hard."""
    with closing(_progress(ctx)) as progress:
        known = practice.weakest(progress.sounds(practice.ENGLISH), time.time())
    reply = _begin(ctx, "weak")
    return reply if known else replace(reply, text=f"{ctx.t('no_weak')} {reply.text}")


def practise_pairs(ctx: Context) -> Reply:
    return _begin(ctx, "pairs")


def slowly(ctx: Context) -> Reply:
    """The same voice, slower."""
    last = _last(ctx)
    return _example(ctx, last, _SLOW) if last.text else Reply(ctx.t("nothing_yet"))


def again(ctx: Context) -> Reply:
    """The text that was practised last."""
    last = _last(ctx)
    return _prompt(ctx, last, "say") if last.text else _begin(ctx, "sentences")


def next_one(ctx: Context) -> Reply:
    """The next of what is being practised, else of our own sentences."""
    return _begin(ctx, _text(ctx, "series") or "sentences")


def was_it_right(ctx: Context) -> str:
    """The last verdict once more."""
    return _text(ctx, "verdict") or ctx.t("nothing_yet")


def leave(ctx: Context) -> str:
    return ctx.t("left")


# An attempt -------------------------------------------------------------------------------------------------


def attempt(ctx: Context, target: str = "", refused: int = 0, offered: bool = False) -> Reply | str | None:
    """What was said after "Say: …", or nothing. refused: how often what was said could not be judged;
    offered: it need not be repeated"""
    order = _order(ctx, target)
    if order is not None:
        return order()
    if ctx.audio is None:
        return ctx.t("no_sound")
    drill = _drill(ctx, target)
    judged = _judge_pair(ctx, drill) if drill.pair else _judge(ctx, drill)
    if isinstance(judged, _Refusal):
        ctx.scored(target, None, refusal(target, judged.why, judged.heard).refused or judged.why)
        return _refuse(ctx, judged, drill, refused, offered)
    return _answer(ctx, drill, judged)


@dataclass(frozen=True)
class _Refusal:
    """why: as in results.Why; heard: what was said instead, where that is known; silent: nothing was"""

    why: Why
    heard: str = ""
    silent: bool = False


@dataclass(frozen=True)
class _Judged:
    """said: the sentences of the verdict; good: it is time to move on; kept: what the next attempt is compared with"""

    said: Sequence[str]
    good: bool
    kept: Mapping[str, object]


def _judge(ctx: Context, drill: Drill) -> _Judged | _Refusal:
    assert ctx.audio is not None
    report = checking.unheard(drill.text, ctx.audio)
    if report is None and _nothing_said(ctx):
        return _Refusal("no_speech", silent=True)
    if report is None:
        report = checking.assess(drill.text, ctx.word_times(), ctx.audio, language=_language(ctx, drill))
    if report.why is not None:
        return _Refusal(report.why, report.heard.strip(), report.why == "silence")
    ctx.scored(drill.text, report.accuracy if report.total is None else report.total)
    outcome = practice.judge(report, drill.focus, _before(ctx))
    unkept = _record(ctx, practice.attempt_of(report, _language(ctx, drill) or ctx.language, time.time()))
    word, phone, accuracy = outcome.fault or ("", "", 0.0)
    kept = {"score": outcome.score, "fault_word": word, "fault_phone": phone, "fault_accuracy": accuracy}
    return _Judged([*unkept, *_verdict(ctx, outcome, report.method == "phones")], outcome.good, kept)


def _judge_pair(ctx: Context, drill: Drill) -> _Judged | _Refusal:
    pair = practice.pair_in(drill.text)
    assert pair is not None
    assert ctx.audio is not None
    unheard = checking.unheard(drill.text, ctx.audio)
    if unheard is not None or _nothing_said(ctx):
        why = unheard.why if unheard else None
        return _Refusal(why or "no_speech", silent=why != "too_long")
    told = contrast.tell_apart(pair, ctx.audio)
    if told.verdict is None:
        return _Refusal(told.why or "unreliable")
    ctx.scored(drill.text, None)
    said = _record(ctx, practice.attempt_of_pair(pair, told, time.time()))
    one, two = pair.words
    said.append(ctx.t(f"pair_{told.verdict}", one=one, two=two))
    if told.verdict != "apart":
        # The word that came out less like itself is the one to mend.
        worse = 0 if told.margin[0] <= told.margin[1] else 1
        wanted, other = pair.phones[worse], pair.phones[1 - worse]
        said.append(f"{pair.words[worse]}: {articulation.hint(wanted, other, ctx.language)}")
    return _Judged(said, told.verdict == "apart", {"score": None})


def _verdict(ctx: Context, outcome: Outcome, english: bool) -> list[str]:
    """What has changed, what to work on, and how. english: the step names phones of CMUdict"""
    said, values = [], dict(outcome.step.values)
    if outcome.change is not None:
        phone = _text(ctx, "fault_phone")
        named = articulation.name(phone, ctx.language) if phone else ""
        said.append(ctx.t(outcome.change, sound=named, word=_text(ctx, "fault_word")))
    if english and "phone" in values:
        values["sound"] = articulation.name(values["phone"], ctx.language)
        if values.get("heard"):
            values["heard_sound"] = articulation.name(values["heard"], ctx.language)
    if not (outcome.change and outcome.good):
        said.append(ctx.t(outcome.step.name, **values))
    if english and "phone" in values:
        said.append(articulation.hint(values["phone"], values.get("heard", ""), ctx.language))
    return said


def _answer(ctx: Context, drill: Drill, judged: _Judged) -> Reply:
    """The verdict, and what comes next: the same once more, the next of the series, or what the learner wants."""
    tries, series, said = _number(ctx, "tries") + 1, _text(ctx, "series"), list(judged.said)
    _keep(ctx, verdict=" ".join(said), tries=tries, **judged.kept)
    if judged.good and not series:
        return Reply(" ".join(said), then=_listen(drill.text, offered=True))
    if not judged.good and not (series and tries >= _TRIES):
        return _prompt(ctx, drill, "once_more", said)
    following = _next(ctx, series)
    _keep(ctx, **_lesson(following, series))
    return _prompt(ctx, following, "moving_on", said)


def _refuse(ctx: Context, refusal: _Refusal, drill: Drill, refused: int, offered: bool) -> Reply | None:
    """A clear sentence, and once more; then it lets go. Who is silent after an attempt has had enough."""
    if offered:
        return None
    if refusal.silent and _number(ctx, "tries"):
        return Reply(ctx.t("left"))
    unknown = refusal.why == "different" and not refusal.heard
    said = ctx.t("different_unknown" if unknown else refusal.why, heard=refusal.heard)
    if refused >= _REFUSED:
        return Reply(f"{said} {ctx.t('later')}")
    return _prompt(ctx, drill, "once_more", [said], refused + 1)


def _nothing_said(ctx: Context) -> bool:
    return ctx.transcript is not None and not ctx.transcript.text and ctx.transcript.no_speech_prob >= 1.0


def _order(ctx: Context, target: str) -> Callable[[], Reply | str] | None:
    """What was said instead of the text, where that is one of our own sentences, as "stop" or "slower".

    A recogniser may write a sentence that it knows for a word that it does not: the sound decides between the two.
    """
    if ctx.transcript is None or ctx.audio is None or not (ctx.transcript.reliable and ctx.text):
        return None
    match = ctx.means(ctx.text, "practise")
    if match is None or match.plugin != ctx.plugin.name:
        return None
    if ctx.language == practice.ENGLISH and contrast.likelier(target, ctx.text, ctx.audio):
        return None
    function = ctx.plugin.function(match.intent)
    return lambda: function(ctx, **match.slots)


# How it is going --------------------------------------------------------------------------------------------


def going(ctx: Context) -> str:
    """Progress in two or three sentences."""
    now = time.time()
    with closing(_progress(ctx)) as progress:
        attempts, sounds = progress.count(), progress.sounds(practice.ENGLISH)
    if not attempts:
        return ctx.t("nothing_yet")
    said = [ctx.t("attempts", count=attempts) if attempts != 1 else ctx.t("one_attempt")]
    risen = [(rise, sound) for sound in sounds if (rise := practice.trend(sound) or 0.0) >= practice.MARGIN]
    if risen:
        best = max(risen, key=lambda pair: pair[0])[1]
        said.append(ctx.t("risen", sound=articulation.name(best.phone, ctx.language)))
    weak = practice.weakest(sounds, now)
    if weak:
        said.append(ctx.t("weak", sounds=_names(ctx, [sound.phone for sound in weak[:_NAMED]])))
    elif sounds:
        said.append(ctx.t("no_weak"))
    return " ".join(said)


def what_next(ctx: Context) -> str:
    now = time.time()
    with closing(_progress(ctx)) as progress:
        attempts, sounds = progress.count(), progress.sounds(practice.ENGLISH)
        due = sum(text.due is not None and text.due <= now for text in progress.texts())
    if not attempts:
        return ctx.t("nothing_yet")
    weak = practice.weakest(sounds, now)
    said = [ctx.t("advise", sound=articulation.name(weak[0].phone, ctx.language))] if weak else [ctx.t("no_weak")]
    if due:
        said.append(ctx.t("due", count=due) if due != 1 else ctx.t("one_due"))
    return " ".join(said)


def forget(ctx: Context) -> str:
    with closing(open_progress(kept=_keeps(ctx))) as progress:
        progress.forget()
    _store(ctx).save({})
    return ctx.t("forgotten")


# What is next -----------------------------------------------------------------------------------------------


def _begin(ctx: Context, series: str) -> Reply:
    return _ask_for(ctx, _next(ctx, series), series)


def _next(ctx: Context, series: str) -> Drill:
    """series: "sentences", "weak", "pairs", or "sound:" and phones."""
    now = time.time()
    language = ctx.language if series == "sentences" else practice.ENGLISH
    with closing(_progress(ctx)) as progress:
        sounds, texts = progress.sounds(practice.ENGLISH), progress.texts(language)
    drills: list[Drill] = []
    if series.startswith("sound:"):
        drills = practice.drills_for(series.removeprefix("sound:").split())
    elif series == "weak":
        drills = practice.weak_drills(sounds, now)
    elif series == "pairs":
        drills = practice.weak_pairs(sounds, now)
    drills = drills or _sentences(language)
    return practice.next_of(drills, texts, now, _text(ctx, "target"))


def _sentences(language: str) -> list[Drill]:
    listed = tomllib.loads(_PRACTICE.read_text(encoding="utf-8"))
    return [Drill(text) for text in listed.get(language) or listed["en"]]


def _ask_for(ctx: Context, drill: Drill, series: str) -> Reply:
    _keep(ctx, **_lesson(drill, series))
    return _prompt(ctx, drill, "say")


def _prompt(ctx: Context, drill: Drill, key: str, said: Sequence[str] = (), refused: int = 0) -> Reply:
    """The text is to be repeated. key: of the answer that names it; said: before it"""
    text = " ".join([*said, ctx.t(key, target=drill.text)])
    return Reply(text, model=drill.text, language=_language(ctx, drill), then=_listen(drill.text, refused))


def _example(ctx: Context, drill: Drill, pace: float = 1.0) -> Reply:
    """It may be repeated."""
    then = _listen(drill.text, offered=True)
    return Reply(drill.text, model=drill.text, language=_language(ctx, drill), pace=pace, then=then)


def _listen(target: str, refused: int = 0, offered: bool = False) -> Then:
    slots = {"target": target, "refused": refused, "offered": offered}
    return Then(do="listen", purpose="practise", intent="attempt", slots=slots, silence=not offered)


# What is remembered of the lesson ---------------------------------------------------------------------------


def _lesson(drill: Drill, series: str) -> dict[str, object]:
    """Of a new text: nothing to compare with."""
    focus = " ".join(drill.focus)
    return {"target": drill.text, "focus": focus, "pair": drill.pair, "series": series, "tries": 0, "score": None}


def _drill(ctx: Context, target: str) -> Drill:
    last = _last(ctx)
    return last if last.text == target else Drill(target)


def _last(ctx: Context) -> Drill:
    """What was practised last; its text is "" where nothing was."""
    pair = _store(ctx).load().get("pair") is True
    return Drill(_text(ctx, "target"), tuple(_text(ctx, "focus").split()), pair)


def _before(ctx: Context) -> Before | None:
    kept: Mapping[str, Any] = _store(ctx).load()
    if not isinstance(kept.get("score"), float):
        return None
    fault = kept["fault_word"], kept["fault_phone"], kept["fault_accuracy"]
    return Before(kept["score"], fault if fault[1] else None)


def _language(ctx: Context, drill: Drill) -> str:
    """Of a text to practise; "" where neither it nor the request tells. Sounds are practised in English only."""
    if drill.focus or (ctx.language == practice.ENGLISH and not language_of(drill.text)):
        return practice.ENGLISH
    return language_of(drill.text)


def _names(ctx: Context, phones: list[str]) -> str:
    return ", ".join(articulation.name(phone, ctx.language) for phone in phones)


def _progress(ctx: Context) -> Progress:
    """An empty one where nothing may be kept, or the file is broken."""
    try:
        return open_progress(kept=_keeps(ctx))
    except ProgressError:
        return open_progress(kept=False)


def _keeps(ctx: Context) -> bool:
    """A dry run, and who wants nothing kept, leave no trace."""
    return bool(ctx.settings["history"]) and not ctx.dry_run


def _record(ctx: Context, made: tuple[Attempt, Mapping[str, Mark]]) -> list[str]:
    """What cannot be kept is told, and the lesson goes on."""
    try:
        with closing(open_progress(kept=_keeps(ctx))) as progress:
            progress.record(*made)
    except ProgressError:
        return [ctx.t("not_kept")]
    return []


def _store(ctx: Context) -> Any:
    return ctx.store if ctx.settings["history"] else _forgetful


def _keep(ctx: Context, **values: object) -> None:
    store = _store(ctx)
    store.save({**store.load(), **values})


def _text(ctx: Context, key: str) -> str:
    value = _store(ctx).load().get(key)
    return value if isinstance(value, str) else ""


def _number(ctx: Context, key: str) -> int:
    value = _store(ctx).load().get(key)
    return value if isinstance(value, int) else 0
