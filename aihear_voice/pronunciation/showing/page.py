"""A report as one HTML page that needs nothing beside it: no network, no other file, and no script but for clicks.

looks/ holds the template, the style, the script and the colours; here the values are made ready for them.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..results import Level, PhoneScore, Report, Stress, WordScore, quoted
from ..text.ipa import sign, spelt
from ..text.phones import base
from .attempt import Album, Attempt, Recording
from .bands import BANDS, GOOD, heard_instead, phone_band, word_band
from .figure import draw, pauses
from .report import LIMITS, STEPS, summary

if TYPE_CHECKING:
    from jinja2 import Environment

LOOKS = Path(__file__).with_name("looks")
SCORES: Mapping[Level, tuple[str, str]] = {
    "total": ("Total", "All together, less what was left out."),
    "accuracy": ("Accuracy", "How near words and sounds came to what experts call right."),
    "fluency": ("Fluency", "How steadily it went: pace, pauses, hesitations."),
    "completeness": ("Completeness", "How much of the text was said."),
    "prosody": ("Prosody", "Melody, stress, rhythm and breaks."),
}
_BY_WORDS = "How sure the speech recogniser was of the words."
_BY_TRANSCRIPT = "How near the words of the transcript came to those of the text."
_CLEAR_STRESS = 0.5  # confidence from which the heard stress is no doubt
_SHORT = 80  # letters of a text in the table of all attempts


def to_html(attempts: Sequence[Attempt]) -> str:
    from markupsafe import Markup

    style, script = _style(), (LOOKS / "page.js").read_text(encoding="utf-8")
    return (
        looks()
        .get_template("page.html")
        .render(
            attempts=[_attempt(number, attempt) for number, attempt in enumerate(attempts, start=1)],
            overview=overview([attempt.report for attempt in attempts]),
            legend=BANDS.values(),
            limits=limits(attempts),
            policy=_policy(style, script),
            style=Markup(style),
            script=Markup(script),
        )
    )


@functools.cache
def looks() -> Environment:
    """Everything that goes into a template is escaped."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(LOOKS), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )


@functools.cache
def palette() -> dict[str, dict[str, str]]:
    """Colours by name, for light and for dark."""
    found: dict[str, dict[str, str]] = tomllib.loads((LOOKS / "palette.toml").read_text(encoding="utf-8"))
    return found


def _style() -> str:
    light, dark = (
        ":root { " + " ".join(f"--{name}: {colour};" for name, colour in palette()[way].items()) + " }"
        for way in ("light", "dark")
    )
    sheets = [(LOOKS / name).read_text(encoding="utf-8") for name in ("page.css", "figure.css")]
    return "\n".join([light, f"@media screen and (prefers-color-scheme: dark) {{ {dark} }}", *sheets])


def _policy(style: str, script: str) -> str:
    """Nothing is loaded from anywhere; only this style and this script count, whatever stands in a text."""
    return (
        f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; media-src data:; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


# -- what all attempts have in common ---------------------------------------------------------------------


def overview(reports: Sequence[Report]) -> str:
    scored = [report for report in reports if report.refused is None]
    refused = len(reports) - len(scored)
    totals = [report.total for report in scored if report.total is not None]
    parts = [f"{len(scored)} scored"] + ([f"{refused} refused"] if refused else [])
    parts += [f"mean total {sum(totals) / len(totals):.0f} of 100"] if totals else []
    weak = _weakest(scored)
    return ", ".join(parts) + "." + (f" The weakest sounds: {weak}." if weak else "")


def _weakest(reports: Sequence[Report], most: int = 5, often: int = 3) -> str:
    """Of the sounds that came often enough those with the lowest mean."""
    by_sound: dict[str, list[float]] = {}
    for report in reports:
        for word in report.words:
            for phone in word.phones:
                if phone.start is not None:
                    by_sound.setdefault(base(phone.phone), []).append(phone.accuracy)
    means = {name: sum(each) / len(each) for name, each in by_sound.items() if len(each) >= often}
    worst = [name for name in sorted(means, key=means.__getitem__) if means[name] < GOOD][:most]
    return ", ".join(f"{sign(name)} ({name}) {means[name]:.0f}" for name in worst)


def limits(attempts: Sequence[Attempt]) -> list[str]:
    reports = [attempt.report for attempt in attempts]
    found = [LIMITS[method] for method in sorted({report.method for report in reports if report.refused is None})]
    left_out = sum(attempt.left_out for attempt in attempts)
    if left_out:
        told = f"The last {left_out} of {len(attempts)} attempts are without sound and picture"
        found.append(f"{told}: with more than {Album.LIMIT / 1e6:.0f} MB of sound this page would not open.")
    return found


# -- one attempt ------------------------------------------------------------------------------------------


def _attempt(number: int, attempt: Attempt) -> dict[str, Any]:
    report, learner = attempt.report, attempt.learner
    clips = _clip_ids(number, "you", learner)
    words = [_word(word) | _sounds(number, attempt, place) for place, word in enumerate(report.words)]
    return {
        "number": number,
        "name": attempt.name,
        "text": report.target,
        "short": report.target if len(report.target) <= _SHORT else report.target[: _SHORT - 1] + "…",
        "advice": summary(report),
        "refused": report.refused is not None,
        # Where sounds were compared it is no evidence, and a small model writes nonsense.
        "heard": report.heard.strip() if report.method == "words" else "",
        "given": report.given,
        "added": quoted([word.text or "…" for word in report.insertions]),
        "scores": [_score(level, report) for level in SCORES],
        "words": words,
        "by_phones": any(word.phones for word in report.words),
        "clips": clips,
        "sound": _data(learner.sound) if learner else "",
        "model_sound": _data(attempt.model.sound) if attempt.model else "",
        "figure": draw(attempt),
        "described": _described(report),
        "pauses": _pauses(attempt),
    }


def _score(level: Level, report: Report) -> dict[str, str]:
    value: float | None = getattr(report, level)
    name, meaning = SCORES[level]
    if level == "accuracy" and report.method != "phones":
        meaning = _BY_TRANSCRIPT if report.given else _BY_WORDS
    step = report.steps.get(level)
    told = step is not None and step.name != "well" and level != "total"  # that one stands above all
    return {
        "name": name,
        "value": "" if value is None else f"{value:.0f}",
        "meaning": meaning,
        "step": STEPS[step.name].format(**step.values) if step and told else "",
    }


def _word(word: WordScore) -> dict[str, Any]:
    named = [phone.phone for phone in word.phones]
    return {
        "text": word.text,
        "band": word_band(word),
        "score": "" if word.accuracy is None else f"{word.accuracy:.0f}",
        "heard": word.heard,
        "differences": [(each.wanted, each.heard) for each in word.differences],
        "tone": word.tone,
        "spelt": spelt(named),
        "phones": [_phone(phone) for phone in word.phones],
        "stress": _stress(word.stress, named) if word.stress and spelt(named) != spelt(named, stressed=0) else None,
    }


def _phone(phone: PhoneScore) -> dict[str, Any]:
    heard = heard_instead(phone)
    return {
        "sign": sign(phone.phone),
        "name": phone.phone,
        "band": phone_band(phone),
        "score": f"{phone.accuracy:.0f}",
        "heard": heard,
        "heard_sign": sign(heard) if heard else "",
    }


def _stress(stress: Stress, phones: Sequence[str]) -> dict[str, Any]:
    return {
        "expected": spelt(phones, stressed=stress.expected),
        "heard": spelt(phones, stressed=stress.heard),
        "syllable": stress.heard,
        "differs": stress.heard != stress.expected,
        "doubtful": stress.confidence < _CLEAR_STRESS,
    }


def _sounds(number: int, attempt: Attempt, place: int) -> dict[str, str]:
    voices = {"": ("you", attempt.learner), "model_": ("model", attempt.model)}
    found: dict[str, str] = {}
    for name, (whose, voice) in voices.items():
        ids = _clip_ids(number, whose, voice)
        found[f"{name}clip"] = ids[place] if ids else ""
        found[f"{name}sound"] = _data(voice.clips[place]) if voice and ids else ""
    return found


def _clip_ids(number: int, whose: str, voice: Recording | None) -> list[str]:
    """The name of each word's player, "" where there is none; [] where no word has one."""
    if voice is None or not any(voice.clips):
        return []
    return [f"{whose}-{number}-{place}" if clip else "" for place, clip in enumerate(voice.clips)]


def _data(sound: bytes) -> str:
    return f"data:audio/flac;base64,{base64.b64encode(sound).decode()}" if sound else ""


def _described(report: Report) -> str:
    """The figure in words, for who does not see it; the table has the rest."""
    return "Waveform with the words, sounds and pitch aligned to it." if report.words else "Waveform."


def _pauses(attempt: Attempt) -> str:
    found = [end - start for start, end in pauses(attempt)]
    if not found:
        return ""
    said = f"{len(found)} pauses" if len(found) > 1 else "One pause"
    return f"{said} between words, {sum(found):.1f} s in all."
