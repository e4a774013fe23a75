"""What goes into the session and what comes out of it: plain values, which threads pass to each other."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Literal

from .events import Event
from .types import Audio, Completeness, Follow, Match, Purpose, Then, Transcript, Utterance

AMEND_LAST, AMEND_LEAST = 0.8, 0.3  # probabilities of the whole's last word, and of each, from which it counts


# What goes in -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Key:
    """A push-to-talk key, settled: debounced, with hold and toggle already told apart."""

    action: Literal["start", "stop", "cancel"]
    name: str
    dictate: bool = False


@dataclass(frozen=True, slots=True)
class Trigger:
    """`aihear trigger`, or the mute key ("mute_toggle"). hold, dictate: as a key that is held until "stop"."""

    action: Literal["start", "stop", "toggle", "hold", "dictate", "cancel", "mute", "unmute", "mute_toggle"]


@dataclass(frozen=True, slots=True)
class Speaking:
    """Our own voice starts or has ended."""

    on: bool


@dataclass(frozen=True, slots=True)
class StopHeard:
    """The word "stop" was said over our own voice."""


@dataclass(frozen=True, slots=True)
class TurnDone:
    """A turn has ended; `then` and `follow` say what comes next, unless it is stale."""

    turn: int
    purpose: Purpose
    then: Then | None = None
    follow: Follow | None = None


@dataclass(frozen=True, slots=True)
class EndOfInput:
    """The file that stands in for the microphone is at its end."""


@dataclass(frozen=True, slots=True)
class Guess:
    """What the sound up to a pause says, decoded before it is known whether the pause is the end.

    revision: of the Speculate that it answers; 0: it was found after the end
    match: what it means as it stands
    ready: seconds on the audio clock at which it was there
    """

    turn: int
    revision: int
    transcript: Transcript
    match: Match | None
    state: Completeness
    ready: float


@dataclass(frozen=True, slots=True)
class Again:
    """An utterance of the history is worked on once more.

    entry: its number there; transcript: what it says, where that is known
    """

    entry: int
    purpose: Purpose
    audio: Audio
    transcript: Transcript | None = None

    def guess(self, turn: int, now: float = 0.0) -> Guess | None:
        """What it says, as if it had just been found out."""
        return None if self.transcript is None else Guess(turn, 0, self.transcript, None, "open", now)


Input = Key | Trigger | Speaking | StopHeard | TurnDone | EndOfInput | Guess | Again


# What comes out ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class First:
    """A command that was taken as complete, and what was said after it.

    text, audio: of the command itself; rest: the sound of what was said after it
    """

    turn: int
    match: Match
    text: str
    audio: Audio
    rest: Audio

    def added(self, text: str) -> str:
        """What `text` has after the words of the command."""
        before, words = self.text.split(), text.split()
        alike = (a.strip(".,!?").casefold() == b.strip(".,!?").casefold() for a, b in zip(before, words, strict=False))
        return " ".join(words[sum(itertools.takewhile(bool, alike)) :])

    def amended_by(self, whole: Transcript, match: Match | None) -> bool:
        """Whether the whole surely means the same intent with other slots.

        It takes the place of something that was heard well: what a small model makes of a longer sentence than it
        knows ("… 10 seconds" out of "ten minutes and thirty seconds") must not.
        """
        mine = self.match
        if match is None or (match.plugin, match.intent) != (mine.plugin, mine.intent):
            return False
        heard = [word.probability for word in whole.words] or [0.0]
        sure = whole.reliable and heard[-1] >= AMEND_LAST and min(heard) >= AMEND_LEAST
        return sure and dict(match.slots) != dict(mine.slots)


@dataclass(frozen=True, slots=True)
class StartTurn:
    """Transcribe, route, act, answer.

    guess: what the same speech was found to say; revision: of the Speculate for it that is not answered yet, or 0
    first: the utterance is that command and what was said after it
    entry: its number in the history, where it is there already
    """

    utterance: Utterance
    follow: Follow | None = None
    guess: Guess | None = None
    revision: int = 0
    first: First | None = None
    entry: int | None = None


@dataclass(frozen=True, slots=True)
class Speculate:
    """Transcribe this already: it is what there is if the pause is the end. Answered by a Guess."""

    revision: int
    utterance: Utterance
    follow: Follow | None
    first: First | None = None

    @property
    def fresh(self) -> Audio:
        """The sound that is not of an earlier utterance."""
        return self.utterance.audio if self.first is None else self.first.rest

    def added(self, text: str) -> str:
        """Of the text, what was said in that sound."""
        return text if self.first is None else self.first.added(text)


@dataclass(frozen=True, slots=True)
class Preview:
    """Show what is being said. settled: no later one holds this sound again."""

    turn: int
    purpose: Purpose
    audio: Audio
    settled: bool = False


@dataclass(frozen=True, slots=True)
class Record:
    """The next part of what is being said: to be on disk before anything is made of it."""

    turn: int
    purpose: Purpose
    audio: Audio


@dataclass(frozen=True, slots=True)
class Unsaid:
    """What was recorded of that turn was nothing, or was taken back."""

    turn: int


@dataclass(frozen=True, slots=True)
class StopSpeaking:
    """Be silent at once; turns before `floor` are stale, and those before `quiet` answer in writing only."""

    floor: int
    quiet: int


@dataclass(frozen=True, slots=True)
class SpotStop:
    """Look whether this piece of sound says "stop"."""

    audio: Audio


@dataclass(frozen=True, slots=True)
class SetMicrophone:
    """Mute closes the device; it is not merely ignored."""

    open: bool


Output = Event | StartTurn | Speculate | Preview | Record | Unsaid | StopSpeaking | SpotStop | SetMicrophone
