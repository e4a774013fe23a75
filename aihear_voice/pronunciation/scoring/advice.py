"""The one thing to work on next, by level: what the scores alone do not say."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence

from ...types import Word
from ..hearing.analysis import Analysis
from ..hearing.forced_alignment import Span
from ..results import Level, Step, WordScore, quoted
from ..text.phones import SPOKEN, base
from .delivery import pauses

WELL = Step("well")
WRONG = 50.0  # accuracy of a phone, below which experts call it wrong rather than accented
DOUBTFUL = 80.0  # the same, where another phone was clearly heard
LONG = 40  # frames of a pause within a phrase from which it is heard as a break
NO_BREAK = 8  # frames at a comma below which there was none
SLOW, FAST = 6.0, 16.0  # phones a second, pauses left out; learners who are called fluent speak 8 to 12
FLAT = 3.0  # semitones between the lowest and the highest tenth of the pitch
SURE = 0.5  # confidence of a stress
DOUBTED = 85.0  # accuracy of a stress
GOOD = 80.0  # of a score: above it there is nothing to mend
_MARKED = re.compile(r"[,;:.!?…—](?:[\s\"'”’)]*)$")


def steps(
    target: str, words: Sequence[WordScore], insertions: Sequence[Word], analysis: Analysis, said: Sequence[int],
    scores: Mapping[Level, float],
) -> dict[Level, Step]:  # fmt: skip
    """said: numbers of the words that `analysis` holds; scores: 0-100."""
    found: dict[Level, Step] = {
        "accuracy": sounds(words),
        "fluency": _flow(words, analysis, said),
        "completeness": _all_said(words, insertions),
        "prosody": _melody(target, words, analysis, said),
    }
    found["total"] = _first(found, scores)
    return found


def _first(found: Mapping[Level, Step], scores: Mapping[Level, float]) -> Step:
    """What was left out; then of what can be mended that with the lowest score."""
    if found["completeness"] != WELL:
        return found["completeness"]
    mendable = [level for level in scores if level != "total" and found[level] != WELL]
    return found[min(mendable, key=scores.__getitem__)] if mendable else WELL


def _all_said(words: Sequence[WordScore], insertions: Sequence[Word]) -> Step:
    missing = [word.text for word in words if word.error == "omission"]
    if missing:
        return Step("missing", {"words": quoted(missing)})
    if insertions:
        named = [word.text for word in insertions if word.text]
        return Step("added", {"words": quoted(named)}) if named else Step("added_unknown")
    return WELL


def sounds(words: Sequence[WordScore], only: Sequence[str] = ()) -> Step:
    """The worst sound; one that was clearly another comes first. only: phones without stress marks; () is all"""
    faults = [
        (phone.heard in (None, base(phone.phone)), phone.accuracy, word, phone)
        for word in words
        if word.error != "omission"
        for phone in word.phones
        if (not only or base(phone.phone) in only)
        and phone.accuracy < (DOUBTFUL if phone.heard not in (None, base(phone.phone)) else WRONG)
    ]
    if faults:
        unclear, _, word, phone = min(faults, key=lambda fault: fault[:2])
        name = "sound" if unclear else "sound_lost" if phone.heard == "" else "sound_as"
        heard = {"heard": phone.heard, "heard_sound": SPOKEN[phone.heard]} if phone.heard else {}
        sound = {"phone": phone.phone, "sound": SPOKEN[base(phone.phone)]}
        return Step(name, {"word": word.text, **sound, **heard})
    doubtful = [word for word in words if not only and word.error == "mispronunciation"]
    if doubtful:
        return Step("word", {"word": min(doubtful, key=lambda word: word.accuracy or 0.0).text})
    return WELL


def _flow(words: Sequence[WordScore], analysis: Analysis, said: Sequence[int]) -> Step:
    gaps = list(_gaps(words, analysis, said))
    longest = max(gaps, key=lambda gap: gap[0], default=None)
    if longest is not None and longest[0] >= LONG:
        return Step("pause", {"before": longest[1], "after": longest[2]})
    inside = [other for other in analysis.aligned.others if other.frames >= LONG // 2]
    if inside:
        return Step("hesitation")
    lengths = [span.frames for _, _, _, span in analysis.phones()]
    pace = 100 * len(lengths) / sum(lengths)
    return Step("slow") if pace < SLOW else Step("fast") if pace > FAST else WELL


def _gaps(words: Sequence[WordScore], analysis: Analysis, said: Sequence[int]) -> Iterator[tuple[int, str, str]]:
    """(frames, word before, word after) of each pause."""
    silent = {(gap.start, gap.end) for gap in pauses(analysis)}
    for index, (one, two) in enumerate(_neighbours(analysis)):
        if (one.end, two.start) in silent:
            yield two.start - one.end, words[said[index]].text, words[said[index + 1]].text


def _neighbours(analysis: Analysis) -> list[tuple[Span, Span]]:
    spans = [Span(word[0].start, word[-1].end) for word in analysis.aligned.words if word]
    return list(itertools.pairwise(spans))


def _melody(target: str, words: Sequence[WordScore], analysis: Analysis, said: Sequence[int]) -> Step:
    import numpy as np

    for word in words:
        stress = word.stress
        if stress and stress.heard != stress.expected and stress.confidence >= SURE and stress.accuracy < DOUBTED:
            return Step("stress", {"word": word.text, "syllable": str(stress.expected)})
    for index, (one, two) in enumerate(_neighbours(analysis)):
        before, after = words[said[index]].text, words[said[index + 1]].text
        gap, wanted = two.start - one.end, _break_wanted(target, said[index])
        if gap >= LONG and not wanted:
            return Step("break", {"before": before, "after": after})
        if gap < NO_BREAK and wanted:
            return Step("no_break", {"before": before, "after": after})
    voiced = analysis.sound.pitch[np.isfinite(analysis.sound.pitch)]
    if len(voiced) >= 50 and 12 * np.log2(np.quantile(voiced, 0.9) / np.quantile(voiced, 0.1)) < FLAT:
        return Step("flat")
    return WELL


def _break_wanted(target: str, word: int) -> bool:
    """Whether a mark stands after that word of the text."""
    pieces = [piece for piece in target.split() if any(mark.isalnum() for mark in piece)]
    return word < len(pieces) and bool(_MARKED.search(pieces[word]))
