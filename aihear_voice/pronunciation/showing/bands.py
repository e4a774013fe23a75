"""Scores as a few bands, each with a mark of its own: a colour alone tells the colour-blind, and a printer, nothing."""

from __future__ import annotations

from dataclasses import dataclass

from ..results import PhoneScore, WordScore
from ..scoring.advice import WRONG
from ..text.phones import base

GOOD = 80.0  # a score from which there is nothing to mend


@dataclass(frozen=True, slots=True)
class Band:
    """name: of its colours; says: for the legend and for screen readers"""

    name: str
    mark: str
    says: str


BANDS = {
    band.name: band
    for band in (
        Band("good", "✓", "good"),
        Band("fair", "~", "nearly"),
        Band("poor", "✗", "not right"),
        Band("missing", "∅", "not heard"),
        Band("unknown", "?", "not judged"),
    )
}


def word_band(word: WordScore) -> Band:
    if word.error == "omission":
        return BANDS["missing"]
    if word.accuracy is None:
        return BANDS["unknown"]
    if word.error == "mispronunciation":
        return BANDS["poor"]
    return BANDS["good" if word.accuracy >= GOOD else "fair"]


def phone_band(phone: PhoneScore) -> Band:
    if phone.start is None:
        return BANDS["missing"]
    return BANDS["good" if phone.accuracy >= GOOD else "fair" if phone.accuracy >= WRONG else "poor"]


def heard_instead(phone: PhoneScore) -> str | None:
    """The phone, "" for none; None where it was the wanted one, was good, or where it is not clear."""
    if phone.start is None or phone.accuracy >= GOOD or phone.heard == base(phone.phone):
        return None
    return phone.heard
