"""How was it said? The entry to both methods: by phones for English, by the recogniser's words for the rest."""

from __future__ import annotations

from collections.abc import Sequence

from ..errors import SettingsError
from ..types import Audio, Transcript
from . import by_phones, by_transcript
from .hearing.sound import SILENT, measure
from .results import LONGEST, Report, refusal
from .text import phones
from .text.phones import WordPhones
from .text.words import language_of, split

__all__ = ["LONGEST", "Report", "assess", "unheard"]

ENGLISH = "en"


def unheard(target: str, audio: Audio) -> Report | None:
    """A refusal where the sound alone shows that nothing can be judged; spares the recogniser."""
    if audio.duration > LONGEST:
        return refusal(target, "too_long")
    return refusal(target, "silence") if measure(audio).level < SILENT else None


def assess(
    target: str,
    transcript: Transcript,
    audio: Audio,
    words: Sequence[WordPhones] | None = None,
    language: str = "",
) -> Report:
    """transcript: of the whole of `audio`, with word probabilities
    words: of an English text with their sounds, where these are not to be looked up
    language: of the text; "" where unknown: then its words tell, else a transcript without doubts counts

    Raises SettingsError for a text without words, and for a word whose sounds are unknown.
    """
    if not split(target):
        raise SettingsError("there is no word in the text", "no_text", "give a word or a sentence to practise")
    if (refused := unheard(target, audio)) is not None:
        return refused
    if words is not None or (language or language_of(target) or _heard_language(transcript)) == ENGLISH:
        return by_phones.assess(target, words or phones.look_up(split(target)), audio, transcript)
    return by_transcript.assess(target, transcript, audio, language or language_of(target))


def _heard_language(transcript: Transcript) -> str:
    """An accent may be taken for another language: only a transcript without doubts counts."""
    return transcript.language if transcript.reliable and transcript.language else ENGLISH
