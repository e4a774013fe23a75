"""The practice loop's judgement: what an attempt was like beside the one before, and what to practise next.

What is next comes from the learner's own weak sounds, and from what is due. Nothing here speaks or stores.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from ...errors import SettingsError
from ..results import Report, Step
from ..scoring import advice
from ..showing.report import finding
from ..text.phones import base
from ..text.words import split
from .contrast import Pair, Told, pair_of
from .progress import SOUND, TEXT, Attempt, Mark, SoundHistory, SoundScore, TextHistory, item

ENGLISH = "en"
RECENT = 5  # attempts that tell how a sound is now
PRIOR, DOUBT = 90.0, 2.0  # one bad score is no weakness: so many attempts with that score are assumed before the first
WEAK = 80.0  # of a sound, on the experts' scale
GOOD = 75.0  # of the whole, from which it is time to move on: the range of voices that nobody would correct
CLEAR = 70.0  # of each sound that is being practised
MARGIN = 4.0  # between two attempts, below which they are alike
SOUND_MARGIN = 15.0  # the same for one sound, whose score is less certain
# Findings about what was said, rather than about how fluently.
FAULTS = frozenset({"missing", "near", "unclear", "tone", "sound", "sound_as", "sound_lost", "word"})
_MARKS: tuple[tuple[float, Mark], ...] = ((50.0, "again"), (GOOD, "hard"), (88.0, "good"))
_PAIR_MARKS: Mapping[str, Mark] = {"apart": "good", "same": "again", "swapped": "again"}

Change = Literal["better", "same", "worse", "sound_better", "sound_right"]


@dataclass(frozen=True, slots=True)
class Drill:
    """Something to say. focus: the phones that it is about, "" or () for none; pair: whether it is a minimal pair"""

    text: str
    focus: tuple[str, ...] = ()
    pair: bool = False


@dataclass(frozen=True, slots=True)
class Before:
    """The attempt before at the same text. fault: (word, phone, accuracy) of the sound that was named then"""

    score: float
    fault: tuple[str, str, float] | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What to say of an attempt.

    step: the one thing to work on; good: it is time to move on; change: since the attempt before
    fault: (word, phone, accuracy) of the sound that `step` names
    """

    step: Step
    good: bool
    score: float
    change: Change | None = None
    fault: tuple[str, str, float] | None = None


# An attempt -------------------------------------------------------------------------------------------------


def judge(report: Report, focus: Sequence[str] = (), before: Before | None = None) -> Outcome:
    """report: not refused. focus: phones that come before everything else but words left out"""
    name, values = finding(report)
    step = Step(name, values)
    about = advice.sounds(report.words, focus) if focus else advice.WELL
    if name != "missing" and about != advice.WELL:
        step = about
    score = _score(report)
    low = [phone.accuracy for phone in _phones(report) if base(phone.phone) in focus]
    good = step.name not in FAULTS and (report.method == "words" or score >= GOOD) and min(low, default=100.0) >= CLEAR
    change = _change(report, score, before) if before else None
    return Outcome(step, good, score, change, _fault(report, step))


def _score(report: Report) -> float:
    value = report.accuracy if report.total is None else report.total
    return (report.completeness or 0.0) if value is None else value


def _phones(report: Report) -> list[Any]:
    return [phone for word in report.words if word.error != "omission" for phone in word.phones]


def _fault(report: Report, step: Step) -> tuple[str, str, float] | None:
    if "phone" not in step.values:
        return None
    word, phone = step.values["word"], step.values["phone"]
    return word, phone, _accuracy(report, word, phone) or 0.0


def _accuracy(report: Report, word: str, phone: str) -> float | None:
    """Of the worst such sound in such a word."""
    found = [
        sound.accuracy
        for said in report.words
        if said.text == word and said.error != "omission"
        for sound in said.phones
        if base(sound.phone) == base(phone)
    ]
    return min(found, default=None)


def _change(report: Report, score: float, before: Before) -> Change:
    """The sound that was named, where it became another; else the whole."""
    if before.fault is not None:
        word, phone, accuracy = before.fault
        now = _accuracy(report, word, phone)
        if now is not None and now - accuracy >= SOUND_MARGIN:
            return "sound_right" if now >= advice.DOUBTFUL else "sound_better"
    rise = score - before.score
    return "better" if rise >= MARGIN else "worse" if rise <= -MARGIN else "same"


def attempt_of(report: Report, language: str, at: float) -> tuple[Attempt, dict[str, Mark]]:
    """What is kept of it, and how well each of its cards went. report: not refused; language: of a text whose sounds
    were not judged (those that were are English)"""
    score, by_sounds = _score(report), report.method == "phones"
    language = ENGLISH if by_sounds else language
    sounds = tuple(_sound_scores(report)) if by_sounds else ()
    marks = {item(SOUND, language, sound.phone): mark(sound.score) for sound in sounds}
    marks[item(TEXT, language, report.target)] = mark(score)
    return Attempt(at, language, report.target, score, sounds), marks


def _sound_scores(report: Report) -> list[SoundScore]:
    places: dict[str, list[Any]] = {}
    for phone in _phones(report):
        places.setdefault(base(phone.phone), []).append(phone)
    found = []
    for name, mine in places.items():
        others = [phone.heard for phone in mine if phone.heard not in (None, "", name)]
        mean = sum(phone.accuracy for phone in mine) / len(mine)
        found.append(SoundScore(name, round(mean, 1), others[0] if others else ""))
    return found


def mark(score: float) -> Mark:
    """For FSRS. score: 0-100"""
    return next((name for limit, name in _MARKS if score < limit), "easy")


def attempt_of_pair(pair: Pair, told: Told, at: float) -> tuple[Attempt, dict[str, Mark]]:
    """A pair is no measure of its sounds on the experts' scale; but it tells when to come back to them."""
    assert told.verdict is not None
    way = _PAIR_MARKS[told.verdict]
    marks = {item(SOUND, ENGLISH, phone): way for phone in pair.phones}
    return Attempt(at, ENGLISH, pair.text, None), marks | {item(TEXT, ENGLISH, pair.text): way}


# What is next -----------------------------------------------------------------------------------------------


def standing(sound: SoundHistory) -> float:
    """0-100: how a sound is now, by its last attempts."""
    scores = [score for _, score in sound.points[-RECENT:]]
    return (sum(scores) + DOUBT * PRIOR) / (len(scores) + DOUBT)


def weakest(sounds: Sequence[SoundHistory], now: float) -> list[SoundHistory]:
    """Those that need work: what is due comes first, then the weakest. now: seconds since the epoch"""
    weak = [sound for sound in sounds if standing(sound) < WEAK]
    return sorted(weak, key=lambda sound: (sound.due is not None and sound.due > now, standing(sound)))


def trend(sound: SoundHistory) -> float | None:
    """Points between the first and the last three attempts; None where there are fewer than four."""
    scores = [score for _, score in sound.points]
    if len(scores) < 4:
        return None
    size = min(3, len(scores) // 2)
    return round(sum(scores[-size:]) / size - sum(scores[:size]) / size, 1)


def drills_for(phones: Sequence[str], heard: Sequence[str] = ()) -> list[Drill]:
    """Pairs and sentences for these sounds in turn. heard: what came out instead: pairs with that come first"""
    focus = tuple(phones)
    pairs = [(number, drill) for number, drill in _pairs() if set(drill.focus) & set(phones)]
    # One pair of each contrast before the second of any.
    by_pair = [drill for _, drill in sorted(pairs, key=lambda row: (row[0], not set(row[1].focus) & set(heard)))]
    sentences = [Drill(text, focus) for phone in phones for text in _drills()["sentences"].get(phone, ())]
    return _in_turn(by_pair, sentences)


def all_pairs() -> list[Drill]:
    """One of each contrast before the second of any."""
    return [drill for _, drill in sorted(_pairs(), key=lambda row: row[0])]


def _pairs() -> Iterator[tuple[int, Drill]]:
    """Contrast by contrast: (its number within the contrast, the pair)."""
    for contrast, listed in _drills()["pairs"].items():
        for number, words in enumerate(listed):
            yield number, Drill(", ".join(words.split()), tuple(contrast.split()), pair=True)


def next_of(drills: Sequence[Drill], texts: Sequence[TextHistory], now: float, last: str = "") -> Drill:
    """What is due, else what was practised least, in turn; never the same again. last: the text that was asked for"""
    known = {text.text: text for text in texts}
    place = next((number for number, drill in enumerate(drills, start=1) if drill.text == last), 0)
    others = [*drills[place:], *drills[: max(0, place - 1)]] or list(drills)

    def order(drill: Drill) -> tuple[bool, int]:
        text = known.get(drill.text)
        due = text is not None and text.due is not None and text.due <= now
        return not due, text.times if text else 0

    return min(others, key=order)


def weak_drills(sounds: Sequence[SoundHistory], now: float) -> list[Drill]:
    """For the sound that needs it most; [] where none is known to."""
    weak = weakest(sounds, now)
    return drills_for((weak[0].phone,), weak[0].heard) if weak else []


def weak_pairs(sounds: Sequence[SoundHistory], now: float) -> list[Drill]:
    """Pairs with the weak sounds first, then all others."""
    mine = [drill for sound in weakest(sounds, now) for drill in drills_for((sound.phone,), sound.heard) if drill.pair]
    return list(dict.fromkeys([*mine, *all_pairs()]))


def pair_in(text: str, joints: Sequence[str] = ("and", "or", "versus", "vs")) -> Pair | None:
    """ "ship and sheep" -> that pair; None where it is no minimal pair of English words."""
    words = [word for word in split(text) if word.casefold() not in joints]
    try:
        return pair_of(words) if len(words) == 2 and all(word.isascii() for word in words) else None
    except SettingsError:  # a word whose sounds are not known
        return None


def _in_turn(one: Sequence[Drill], two: Sequence[Drill]) -> list[Drill]:
    both = [drill for pair in zip(one, two, strict=False) for drill in pair]
    return [*both, *one[len(two) :], *two[len(one) :]]


@cache
def _drills() -> Mapping[str, Mapping[str, list[str]]]:
    return tomllib.loads(Path(__file__).with_name("drills.toml").read_text(encoding="utf-8"))
