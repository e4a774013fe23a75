"""What a check says: scores of sounds, words and the whole, or why there are none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from ..types import Word

Error = Literal["none", "mispronunciation", "omission"]
Why = Literal["silence", "noise", "no_speech", "too_long", "too_short", "unreliable", "different", "unlike"]
Level = Literal["accuracy", "fluency", "completeness", "prosody", "total"]
Method = Literal["phones", "words"]

LONGEST = 30.0  # seconds: Whisper's window


@dataclass(frozen=True, slots=True)
class PhoneScore:
    """A sound of a word.

    phone: as CMUdict names it, with its stress mark
    accuracy: 0-100 on the experts' scale (100 right, 50 a heavy accent, 0 wrong or missing)
    heard: the phone that was heard, without a stress mark; "" for none; None where that is not clear
    start, end: seconds from the start of the recording, None where it was not said
    """

    phone: str
    accuracy: float
    heard: str | None
    start: float | None = None
    end: float | None = None


@dataclass(frozen=True, slots=True)
class Stress:
    """Syllables count from 1. accuracy: 0-100, that the stress is right; confidence: 0-1, how clearly the heard
    syllable stands out. A word of one syllable can only be right."""

    expected: int
    heard: int
    accuracy: float
    confidence: float


@dataclass(frozen=True, slots=True)
class Difference:
    """Of two written words the sounds (IPA) that are not the same, "" for none: of the text, and as it was heard."""

    wanted: str
    heard: str


@dataclass(frozen=True, slots=True)
class Tone:
    """Of a Chinese syllable, 1-4, 5 is neutral. expected: as it is said in this sentence ("nǐ hǎo": 2, 3)
    heard: by its pitch, None where that does not tell; confidence: 0-1, that it was that one"""

    expected: int
    heard: int | None
    confidence: float


@dataclass(frozen=True, slots=True)
class WordScore:
    """A word of the text.

    accuracy: 0-100; None where it was left out, or where nothing is known of it
    error: mispronunciation is a doubt: unsure of it, or something near was heard
    start, end: seconds from the start of the recording, None where it was not found
    heard: what the recogniser wrote in its place ("" for nothing)
    sure: whether there is no doubt about the error
    stress, phones: where the method judges them (English)
    differences: from the word that was heard, where the languages' sounds are known (other languages)
    tone: Chinese
    """

    text: str
    accuracy: float | None
    error: Error
    start: float | None = None
    end: float | None = None
    heard: str = ""
    sure: bool = True
    stress: Stress | None = None
    phones: tuple[PhoneScore, ...] = ()
    differences: tuple[Difference, ...] = ()
    tone: Tone | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """The one thing to work on. name: of a sentence in report.STEPS; values: what the sentence needs."""

    name: str
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Report:
    """The verdict on one recording; scores are 0-100, and None where the method cannot tell.

    method: "phones" compares each sound (English), "words" is coarser: Whisper's words (all other languages)
    given: whether a person wrote what was heard, not a recogniser
    accuracy, fluency, prosody, total: as experts would score them (phones), or evidence only (words)
    completeness: words said / words asked; doubtful words count as said
    insertions: speech that is no word of the text; the text is "" where no recogniser knew it
    steps: by level the one thing to work on next
    why, refused: why nothing was scored, as a word for programs and a sentence for people; all else is empty
    """

    target: str
    heard: str
    accuracy: float | None = None
    fluency: float | None = None
    completeness: float | None = None
    prosody: float | None = None
    total: float | None = None
    words: tuple[WordScore, ...] = ()
    insertions: tuple[Word, ...] = ()
    steps: Mapping[Level, Step] = field(default_factory=dict)
    method: Method = "words"
    given: bool = False
    why: Why | None = None
    refused: str | None = None


def refusal(target: str, why: Why, heard: str = "") -> Report:
    heard = heard.strip()
    sentences = {
        "silence": "I heard nothing: the recording is silent.",
        "noise": "I heard only noise.",
        "no_speech": "I heard no speech.",
        "too_long": f"That is longer than {LONGEST:.0f} seconds. Say one or two sentences at a time.",
        "too_short": "The recording is too short for that text.",
        "unreliable": "I could not judge that reliably.",
        "unlike": "The recording does not sound like the transcript that was given.",
        "different": f"I heard something else: “{heard}”." if heard else "I heard something else than that text.",
    }
    return Report(target, heard, why=why, refused=sentences[why])


def quoted(words: Sequence[str]) -> str:
    return ", ".join(f"“{word}”" for word in words)
