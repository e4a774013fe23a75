"""Whether a person who pauses has said all, from the words before the pause."""

from __future__ import annotations

from typing import Protocol

from ..types import Completeness, Match, Purpose, Transcript
from . import normalise, numbers
from .languages import table

_GOES_ON = (",", "，", "、", "...", "…", ":", "：", ";", "；", "-", "–")
_ENDS = (".", "!", "?", "。", "！", "？")
_AROUND = "\"'”’»)]）」』“"


class Beginnings(Protocol):
    def begins(self, text: str, language: str) -> bool: ...


def judge(transcript: Transcript, match: Match | None, purpose: Purpose, router: Beginnings) -> Completeness:
    """match: what the text means as it stands.

    complete: a command to which nothing is missing; sentence: it ends like one; unfinished: it cannot be all;
    open: nothing is known. A text that may not have been said tells nothing.
    """
    text, language = transcript.text.rstrip().rstrip(_AROUND), transcript.language
    if not text or not transcript.reliable:
        return "open"
    certain = match is not None and match.confidence >= 1.0
    longer = purpose != "dictate" and router.begins(text, language)
    if certain:
        return "open" if longer else "complete"
    if longer or text.endswith(_GOES_ON) or _asks_for_more(text, language, purpose, match):
        return "unfinished"
    return "sentence" if text.endswith(_ENDS) else "open"


def _asks_for_more(text: str, language: str, purpose: Purpose, match: Match | None) -> bool:
    """The last word wants another, or was a filler, or is a number without what is counted."""
    words = normalise.bare_words(text, language)
    if not words:
        return False
    hanging = set(table(language).get("unfinished", ())) | set(table(language).get("fillers", ()))
    if words[-1] in hanging or (normalise.is_cjk(words[-1]) and _hangs("".join(words), hanging)):
        return True
    if purpose == "dictate" or match is not None:
        return False
    parts = normalise.tokens(text, language)
    return any(number.end == len(parts) for number in numbers.find(parts, language))


def _hangs(text: str, hanging: set[str]) -> bool:
    return text.endswith(tuple(hanging))
