"""A verdict as JSON, and in words."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from ..results import Difference, Method, Report, WordScore, quoted

LIMITS = {
    "phones": (
        "Sounds, words and sentences are scored as five human experts would be likely to score them, learnt from 1,600 "
        "recordings of Mandarin speakers reading English. Such experts differ too: a single score may be wrong, above "
        "all for a single sound, for stress, for children, and in noise."
    ),
    "words": (
        "This is the coarser method: these numbers are evidence, not a mark. They come from how sure the speech "
        "recogniser (Whisper) was of each word, and from pauses and pace. Where it wrote another word, the sounds "
        "named are those of the two words as they are written. Single sounds, stress and melody were not judged by "
        "ear, but for the tones of Chinese, where the pitch shows them. A word can be called unclear because of "
        "noise, a rare name or a small model; and a word that was left out can go unnoticed."
    ),
}
_COARSE = "(A coarse check, by words, not by sounds.)"
_COARSE_GIVEN = "(A coarse check, of the words of the transcript that was given, not by sounds.)"
# What to work on next; the first group comes from both methods.
STEPS = {
    "missing": "I did not hear {words}.",
    "near": "I heard everything; “{word}” sounded like “{heard}”.",
    "unclear": "I heard everything; “{word}” was unclear.",
    "added": "I heard everything, and also {words}.",
    "added_unknown": "I heard everything, and a word too many.",
    "tone": "I heard every word; “{word}” has tone {expected}, and sounded like tone {heard}.",
    "all": "I heard every word.",
    "sound_as": "The {sound} in “{word}” came out as the {heard_sound}.",
    "sound_lost": "I did not hear the {sound} in “{word}”.",
    "sound": "The {sound} in “{word}” was not right.",
    "word": "“{word}” was not clear.",
    "pause": "There was a long pause between “{before}” and “{after}”.",
    "hesitation": "You hesitated in between.",
    "slow": "Try to say it a little faster.",
    "fast": "Try to say it a little slower.",
    "stress": "Stress syllable {syllable} of “{word}”.",
    "break": "Say “{before} {after}” without a break.",
    "no_break": "Make a short break between “{before}” and “{after}”.",
    "flat": "Let your voice rise and fall more.",
    "well": "I heard every word, and that was good.",
}


def to_dict(report: Report) -> dict[str, Any]:
    """The fields of `practise --json`: see DESIGN. What this method cannot judge is null, `phones` is empty.

    `refused` is there only where nothing was scored; then `words` is empty.
    """
    fields: dict[str, Any] = {
        "accuracy": report.accuracy,
        "fluency": report.fluency,
        "completeness": report.completeness,
        "prosody": report.prosody,
        "total": report.total,
        "words": [_word(word, report.method) for word in report.words],
        "insertions": [
            {"text": word.text, "start": round(max(0.0, word.start), 2), "end": round(max(0.0, word.end), 2)}
            for word in report.insertions
        ],
        "method": report.method,
        "steps": {
            level: {"name": step.name, **step.values, "text": STEPS[step.name].format(**step.values)}
            for level, step in report.steps.items()
        },
    }
    return fields if report.refused is None else fields | {"refused": report.refused}


def _word(word: WordScore, method: Method) -> dict[str, Any]:
    fields = {
        "text": word.text,
        "accuracy": word.accuracy,
        "error": word.error,
        "start": word.start,
        "end": word.end,
        "stress": asdict(word.stress) if word.stress else None,
        "phones": [asdict(phone) for phone in word.phones],
    }
    return fields if method == "phones" else fields | {
        "heard": word.heard,
        "differences": [asdict(difference) for difference in word.differences],
        "tone": asdict(word.tone) if word.tone else None,
    }  # fmt: skip


def finding(report: Report) -> tuple[str, dict[str, str]]:
    """The one most useful thing: a name, and the words that a sentence about it needs.

    Refused: the reason's name and `heard`. By phones: the step for the total (STEPS). By words: missing, added:
    `words`; near: `word`, `heard`; unclear: `word`; tone: `word`, `expected`, `heard`; all: nothing.
    """
    if report.why is not None:
        return report.why, {"heard": report.heard.strip()}
    if report.method == "phones":
        return report.steps["total"].name, dict(report.steps["total"].values)
    missing = [word.text for word in report.words if word.error == "omission"]
    if missing:
        return "missing", {"words": quoted(missing)}
    unclear = [word for word in report.words if word.error == "mispronunciation"]
    if unclear:
        worst = min(unclear, key=_first_to_say)
        near = worst.sure and bool(worst.heard)
        return ("near", {"word": worst.text, "heard": worst.heard}) if near else ("unclear", {"word": worst.text})
    off = [word for word in report.words if word.tone and word.tone.heard not in (None, word.tone.expected)]
    if off:
        word = max(off, key=_clarity)
        assert word.tone is not None
        return "tone", {"word": word.text, "expected": str(word.tone.expected), "heard": str(word.tone.heard)}
    if report.insertions:
        return "added", {"words": quoted([word.text for word in report.insertions])}
    return "all", {}


def _first_to_say(word: WordScore) -> tuple[bool, float]:
    """A certain finding before a doubt, then the least accurate; what nothing is known of comes last."""
    return not word.sure, 100.0 if word.accuracy is None else word.accuracy


def _clarity(word: WordScore) -> float:
    return word.tone.confidence if word.tone else 0.0


def summary(report: Report) -> str:
    """The one most useful thing, in an English sentence; the coarse method says that it is that."""
    if report.refused is not None:
        return report.refused
    name, values = finding(report)
    told = STEPS[name].format(**values)
    if report.method == "phones":
        return told
    sounds = _sounds(report, values.get("word", "")) if name == "near" else ""
    return " ".join(filter(None, (told, sounds, _COARSE_GIVEN if report.given else _COARSE)))


def _sounds(report: Report, text: str) -> str:
    """By which sounds the word that was heard differs from the wanted one."""
    told = next((word.differences for word in report.words if word.text == text and word.differences), ())
    return f"That is {', '.join(map(_difference, told))}." if told else ""


def _difference(difference: Difference) -> str:
    if not difference.heard:
        return f"no {difference.wanted}"
    return f"{difference.heard} for {difference.wanted}" if difference.wanted else f"{difference.heard} too many"
