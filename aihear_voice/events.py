"""The typed event stream: the only window onto the program.

One flat JSON object a line: `type, seq, turn, at` and the event's own fields. `at` is seconds on the
audio clock; an event that needed computing carries the moment that caused it plus the measured compute.
Other programs read these: keep the names and fields.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any, Union

import msgspec

from .types import Mode, Window


class Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag=True):
    """seq: counts up by one over the run; turn: 0 outside of a turn; at: seconds on the audio clock."""

    seq: int = 0
    turn: int = 0
    at: float = 0.0


class Ready(Event, frozen=True):
    """Listening. `model` is what transcribes; `wake_words` open attention; `waiting`: utterances of earlier runs that
    were not delivered.
    """

    microphone: str
    model: str
    wake_words: tuple[str, ...] = ()
    key: str = ""
    waiting: int = 0


class ModeChanged(Event, frozen=True):
    """dictating: hands-free dictation is on; muted: the microphone is closed."""

    mode: Mode
    dictating: bool = False
    muted: bool = False


class WakeHeard(Event, frozen=True):
    word: str
    score: float


class KeyHeld(Event, frozen=True):
    """A push-to-talk key or a trigger; down is False when it let go."""

    key: str
    down: bool = True


class SpeechStarted(Event, frozen=True):
    pass


class SpeechEnded(Event, frozen=True):
    """duration: seconds of the utterance; reason: silence, key, cap, end_of_input, wake."""

    duration: float
    reason: str


class PartialText(Event, frozen=True):
    """What has been said so far. committed: its beginning, which never changes within a turn; tentative: the rest."""

    text: str
    committed: str = ""
    tentative: str = ""


class FinalText(Event, frozen=True):
    """compute_s: of the decode; speculated: it was decoded before the end of the utterance was declared;
    window: what the encoder saw: short, full, or again (full because a short one had failed).
    """

    text: str
    language: str
    reliable: bool
    compute_s: float
    speculated: bool = False
    window: Window = "full"


class Discarded(Event, frozen=True):
    """Sound or text that is not acted on: nothing_said, too_short, no_speech, own_voice, cancelled, chord, stale,
    no_amendment (speech after a command that does not go on with it).
    """

    reason: str


class Matched(Event, frozen=True):
    plugin: str
    intent: str
    slots: Mapping[str, Any]
    confidence: float


class NoMatch(Event, frozen=True):
    text: str


class ConfirmationAsked(Event, frozen=True):
    question: str
    plugin: str
    intent: str


class Replied(Event, frozen=True):
    """plugin, intent: whose answer it is; "" where it is the program's own."""

    text: str
    spoken: bool = False
    plugin: str = ""
    intent: str = ""


class Typed(Event, frozen=True):
    """method: keys, paste, keys+paste, dry_run; target: the window's title or class, where known.

    verified: how it is known that it arrived: "accessibility" (the window says that it stands there), "receipt" (the
    window fetched it from the clipboard), "" (nothing tells).
    application: the window's class, or its program's name, where known.
    plugin, intent: who did it.
    """

    text: str
    method: str
    target: str = ""
    verified: str = ""
    application: str = ""
    plugin: str = ""
    intent: str = ""


class Ran(Event, frozen=True):
    """Something done on the computer: a program's argument list, a named key, an alarm.

    plugin, intent: who did it.
    """

    argv: tuple[str, ...]
    method: str = "run"
    plugin: str = ""
    intent: str = ""


class Undoable(Event, frozen=True):
    """What this turn did can be taken back for so many seconds: "undo that"."""

    plugin: str
    intent: str
    seconds: float


class Undone(Event, frozen=True):
    """What turn `of` had done was taken back."""

    of: int
    plugin: str
    intent: str


class Scored(Event, frozen=True):
    """A pronunciation attempt. score: 0–100, None where refused, and for a pair of words, which is only told apart."""

    target: str
    score: float | None
    refused: str = ""


class PluginsLoaded(Event, frozen=True):
    """Their files have changed, and were read again. plugins: those that work"""

    plugins: tuple[str, ...]


class AudioDropped(Event, frozen=True):
    seconds: float


class DeviceLost(Event, frozen=True):
    """reason: stalled, stopped, silent, failed."""

    device: str
    reason: str


class DeviceBack(Event, frozen=True):
    device: str


class Failed(Event, frozen=True):
    """message: one line."""

    message: str
    code: str
    hint: str = ""


class TurnEnded(Event, frozen=True):
    """outcome: done, asked (for confirmation), amended (done in place of the turn before), merged (into the next
    piece of dictation), no_match, nothing_said, unreliable, cancelled, denied, busy, failed, kept (not typed, as
    another window had come up: it is on the clipboard and in the history).
    """

    outcome: str


AnyEvent = Union[  # noqa: UP007  (msgspec builds its decoder from this at run time)
    Ready, ModeChanged, WakeHeard, KeyHeld, SpeechStarted, SpeechEnded, PartialText, FinalText, Discarded,
    Matched, NoMatch, ConfirmationAsked, Replied, Typed, Ran, Undoable, Undone, Scored, AudioDropped, DeviceLost,
    DeviceBack, PluginsLoaded, Failed, TurnEnded,
]  # fmt: skip

_encoder = msgspec.json.Encoder()
_decoder: msgspec.json.Decoder[AnyEvent] = msgspec.json.Decoder(AnyEvent)


def to_json(event: Event) -> str:
    """One line, `type` first."""
    return _encoder.encode(event).decode()


def from_json(line: str | bytes) -> AnyEvent:
    """Raises msgspec.ValidationError where the line is no event."""
    return _decoder.decode(line)


Listener = Callable[[Event], None]


class EventStream:
    """Numbers events and hands them to every listener, in order. Safe to use from any thread."""

    def __init__(self) -> None:
        # Reentrant: a listener may emit an event of its own while it is being told of one.
        self._lock = threading.RLock()
        self._seq = 0
        self._listeners: list[Listener] = []

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Returns the function that ends the subscription."""
        with self._lock:
            self._listeners.append(listener)
        return lambda: self._forget(listener)

    def _forget(self, listener: Listener) -> None:
        with self._lock:
            if listener in self._listeners:
                self._listeners.remove(listener)

    def emit(self, event: Event) -> None:
        """`seq` is set here; `at` is rounded to milliseconds."""
        with self._lock:
            self._seq += 1
            numbered = msgspec.structs.replace(event, seq=self._seq, at=round(event.at, 3))
            for listener in tuple(self._listeners):
                listener(numbered)
