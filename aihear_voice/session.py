"""The session: a state machine from frames and inputs to outputs. No threads, no devices, no waiting.

Listening counts samples, so that any recording replays to the same outputs. Only what must work when no
frame comes (a lost device while a question is open) looks at the injected monotonic clock.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

import msgspec
import numpy as np

from .events import Discarded, Event, KeyHeld, ModeChanged, SpeechEnded, SpeechStarted, TurnEnded, WakeHeard
from .ports import Endpointer, Segment, StopSpotter
from .settings import Settings
from .types import FRAME_SECONDS, SAMPLE_RATE, Audio, Follow, Heard, Mode, Purpose, Then, Utterance, Wake

WAKE_PHRASE_S = 0.9  # about what a wake phrase lasts: cut from the end of what was dictated before it
TRAILING_SILENCE_S = 0.3  # kept after the last speech: Whisper likes an end to the sentence
MAX_REQUESTS = 2  # one running, one waiting
NO_FRAMES_SLACK_S = 2.0  # a question stays open this much longer by the wall clock than by the audio clock

Source = Literal["wake", "key", "trigger", "dictation", "reply"]


# What goes in -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Key:
    """A push-to-talk key, settled: debounced, with hold and toggle already told apart."""

    action: Literal["start", "stop", "cancel"]
    name: str
    dictate: bool = False


@dataclass(frozen=True, slots=True)
class Trigger:
    """`aihear trigger`, or the mute key ("mute_toggle")."""

    action: Literal["start", "stop", "toggle", "cancel", "mute", "unmute", "mute_toggle"]


@dataclass(frozen=True, slots=True)
class Speaking:
    """Our own voice starts or has ended."""

    on: bool


@dataclass(frozen=True, slots=True)
class StopHeard:
    """The word "stop" was said over our own voice."""


@dataclass(frozen=True, slots=True)
class TurnDone:
    """A turn has ended; `then` and `follow` say what comes next, unless it is stale.

    delivered: its text reached where it should; where not, the sound is kept
    """

    turn: int
    purpose: Purpose
    delivered: bool = True
    then: Then | None = None
    follow: Follow | None = None


@dataclass(frozen=True, slots=True)
class EndOfInput:
    """The file that stands in for the microphone is at its end."""


Input = Key | Trigger | Speaking | StopHeard | TurnDone | EndOfInput


# What comes out ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class StartTurn:
    """Transcribe, route, act, answer."""

    utterance: Utterance
    follow: Follow | None = None


@dataclass(frozen=True, slots=True)
class StopSpeaking:
    """Be silent at once; turns before `floor` are stale."""

    floor: int


@dataclass(frozen=True, slots=True)
class SpotStop:
    """Look whether this piece of sound says "stop"."""

    audio: Audio


@dataclass(frozen=True, slots=True)
class SetMicrophone:
    """Mute closes the device; it is not merely ignored."""

    open: bool


Output = Event | StartTurn | StopSpeaking | SpotStop | SetMicrophone


@dataclass
class Attention:
    """One utterance that is being listened to.

    start: seconds on the audio clock from which its sound counts
    ends_by_silence: False while a key is held
    close_at: seconds on the audio clock at which it closes, once the key let go
    deadline: monotonic seconds, for when no frames come
    """

    turn: int
    purpose: Purpose
    source: Source
    start: float
    endpointer: Endpointer
    ends_by_silence: bool = True
    follow: Follow | None = None
    close_at: float | None = None
    deadline: float | None = None
    frames: list[Audio] = field(default_factory=list)
    announced: bool = False


EndpointerFactory = Callable[[Purpose, Source], Endpointer]


class Session:
    """Owned by one thread. `step` is the only way in."""

    def __init__(
        self, settings: Settings, endpointers: EndpointerFactory, spotter: StopSpotter, clock: Callable[[], float]
    ) -> None:
        self._settings = settings
        self._endpointers = endpointers
        self._spotter = spotter
        self._clock = clock
        self._recent: deque[Heard] = deque(maxlen=int(settings.audio.ring_s / FRAME_SECONDS))
        self._outputs: list[Output] = []
        self._turn = 0
        self._floor = 0  # turns before it are stale
        self._attention: Attention | None = None
        self._requests: set[int] = set()
        self._dictations: set[int] = set()
        self._speaking = False
        self._dictating = False
        self._muted = False
        self._last_speech = 0.0
        self._taken_until = 0.0  # sound before this already belongs to an utterance
        self._shown: tuple[Mode, bool, bool] = ("idle", False, False)
        self._in_frame = False
        self.now = 0.0

    def step(self, heard: Heard | None, inputs: Sequence[Input] = ()) -> list[Output]:
        """heard: None on a tick without a frame."""
        self._outputs = []
        for item in inputs:
            self._take(item)
        if heard is not None:
            self._in_frame = True
            self._hear(heard)
            self._in_frame = False
        self._check_deadlines()
        self._show_mode()
        return self._outputs

    @property
    def waiting(self) -> bool:
        """Whether an utterance is open or a turn is under way."""
        return bool(self._attention or self._requests or self._dictations)

    @property
    def key_open(self) -> bool:
        """Whether a push-to-talk key's utterance is open."""
        return self._attention is not None and self._attention.source == "key"

    # Inputs -------------------------------------------------------------------------------------------------

    def _take(self, item: Input) -> None:
        match item:
            case Key():
                self._key(item)
            case Trigger():
                self._trigger(item.action)
            case Speaking():
                self._speaking = item.on
                self._spotter.reset()
            case StopHeard():
                self._interrupt()
            case TurnDone():
                self._turn_done(item)
            case EndOfInput():
                self._close("end_of_input")
                self._dictating = False

    def _key(self, key: Key) -> None:
        self._emit(KeyHeld(key=key.name, down=key.action == "start"))
        if key.action == "start":
            self._open_by_hand("key", "dictate" if key.dictate or self._dictating else "assist", False)
        elif self._attention and self._attention.source == "key":
            if key.action == "cancel":
                self._discard("chord")
            else:
                self._attention.close_at = self.now + self._settings.push_to_talk.tail_s
                self._attention.deadline = self._clock() + NO_FRAMES_SLACK_S

    def _trigger(self, action: str) -> None:
        if action == "toggle":
            action = "stop" if self._attention and self._attention.source == "trigger" else "start"
        if action == "mute_toggle":
            action = "unmute" if self._muted else "mute"
        if action in ("mute", "unmute"):
            self._mute(action == "mute")
        elif action == "start":
            self._emit(KeyHeld(key="trigger"))
            self._open_by_hand("trigger", "dictate" if self._dictating else "assist", True)
        elif action == "stop":
            self._emit(KeyHeld(key="trigger", down=False))
            self._close("key")
        else:
            self._interrupt()
            self._discard("cancelled")

    def _open_by_hand(self, source: Source, purpose: Purpose, by_silence: bool) -> None:
        if self._muted:
            return
        self._interrupt_voice()
        self._settle()
        lead = self._settings.push_to_talk.lead_s if source == "key" else 0.0
        self._open(purpose, source, self.now - lead, by_silence=by_silence)

    def _turn_done(self, done: TurnDone) -> None:
        self._requests.discard(done.turn)
        self._dictations.discard(done.turn)
        then = done.then
        # An answer that the person interrupted must not open the microphone again.
        if then is None or done.turn < self._floor:
            return
        if then.do == "mute":
            self._mute(True)
        elif then.do == "listen":
            self._settle()
            self._open(then.purpose, "reply", self.now, follow=done.follow)
        elif then.do == "dictate" and not self._dictating:
            self._dictating = True
            self._last_speech = self.now
            if self._attention is None:
                # Whoever said "start dictation" may have gone on speaking while that was being recognised.
                self._open("dictate", "dictation", self._taken_until)
        elif then.do == "idle":
            self._dictating = False
            if self._attention and self._attention.source == "dictation":
                self._settle()

    def _mute(self, muted: bool) -> None:
        if muted == self._muted:
            return
        self._settle()
        self._muted = muted
        self._dictating = self._dictating and not muted
        self._outputs.append(SetMicrophone(open=not muted))

    # Frames -------------------------------------------------------------------------------------------------

    def _hear(self, heard: Heard) -> None:
        frame = heard.frame
        self.now = frame.end
        self._recent.append(heard)
        if self._attention:
            self._attention.frames.append(frame)
        if heard.wake is not None and not self._key_is_held():
            self._wake(heard.wake)
        elif self._speaking and not self._key_is_held():
            self._spot_stop(heard)
        if self._dictating and self._attention is None:
            self._open("dictate", "dictation", self.now - self._settings.audio.pre_roll_s)
        if self._attention:
            self._listen(self._attention, heard)

    def _key_is_held(self) -> bool:
        return self._attention is not None and not self._attention.ends_by_silence

    def _wake(self, wake: Wake) -> None:
        before = self._attention
        phrase_start = wake.end - WAKE_PHRASE_S
        started = before.endpointer.speech_start if before else None
        spoken = 0.0 if started is None else phrase_start - started
        if before and before.source == "dictation" and spoken >= self._settings.endpointing.min_speech_s:
            # What was dictated before the wake phrase is text; the phrase itself is not.
            self._close("wake", until=phrase_start)
        else:
            self._discard("cancelled")
        self._interrupt_voice()
        self._open("assist", "wake", wake.end)
        self._emit(WakeHeard(word=wake.word, score=round(wake.score, 3)), at=wake.end)

    def _spot_stop(self, heard: Heard) -> None:
        segment = self._spotter.push(heard)
        if segment is not None:
            self._outputs.append(SpotStop(segment))

    def _listen(self, attention: Attention, heard: Heard) -> None:
        state = self._push(attention, heard)
        if attention.endpointer.speech_start is not None and not attention.announced:
            attention.announced = True
            self._emit(SpeechStarted(), at=attention.endpointer.speech_start)
        if attention.announced:
            self._last_speech = self.now if state == "speech" else self._last_speech
        else:
            self._forget_old_sound(attention)
        if state == "cap":
            self._cap(attention)
        elif attention.close_at is not None and self.now >= attention.close_at:
            self._close("key")
        elif attention.ends_by_silence and state in ("ended", "nothing"):
            self._close("silence")

    def _push(self, attention: Attention, heard: Heard) -> Segment:
        if heard.own_voice and attention.source != "key" and not attention.announced:
            return "waiting"  # the rest of our own answer is nobody's speech; what a person says over it is kept
        return attention.endpointer.push(heard)

    def _forget_old_sound(self, attention: Attention) -> None:
        """Hands-free dictation may wait for hours: keep no more than the pre-roll before there is speech."""
        if attention.source != "dictation":
            return
        keep = int(self._settings.audio.pre_roll_s / FRAME_SECONDS) + 1
        del attention.frames[:-keep]
        idle = self._settings.dictation.idle_stop_s
        if idle and self.now - self._last_speech > idle:
            self._dictating = False
            self._settle()

    def _cap(self, attention: Attention) -> None:
        """A long dictation goes on in a new piece; a request of half a minute ends."""
        self._close("cap")
        if attention.purpose == "dictate" and attention.source == "key" and attention.close_at is None:
            self._open("dictate", "key", self.now, by_silence=False)

    # Attention ----------------------------------------------------------------------------------------------

    def _open(
        self, purpose: Purpose, source: Source, start: float, by_silence: bool = True, follow: Follow | None = None
    ) -> None:
        self._turn += 1
        start = max(start, self._taken_until)
        endpointer = self._endpointers(purpose, source)
        backlog = [heard for heard in self._recent if heard.frame.end > start]
        frames = [heard.frame for heard in backlog]
        self._attention = Attention(self._turn, purpose, source, start, endpointer, by_silence, follow, frames=frames)
        for heard in backlog:
            # The newest frame is not of the past: `_listen` is about to look at it.
            if heard.frame.end < self.now or not self._in_frame:
                self._push(self._attention, heard)
        if follow is not None:
            self._attention.deadline = (
                self._clock() + self._settings.policy.confirm_timeout_s + NO_FRAMES_SLACK_S if follow.confirm else None
            )

    def _settle(self) -> None:
        """Before something else takes over: speech that was heard becomes its turn, an empty wait just ends."""
        if self._attention and self._attention.announced:
            self._close("key")
        else:
            self._discard("cancelled")

    def _discard(self, reason: str) -> None:
        attention, self._attention = self._attention, None
        if attention is None or attention.source == "dictation":
            return
        self._emit(Discarded(reason=reason), turn=attention.turn)
        self._emit(TurnEnded(outcome="cancelled"), turn=attention.turn)

    def _close(self, reason: str, until: float | None = None) -> None:
        """End the open utterance and start its turn, unless nothing was said."""
        attention, self._attention = self._attention, None
        if attention is None:
            return
        if not attention.announced:
            self._nothing_said(attention)
            return
        audio = self._cut(attention, until)
        self._taken_until = audio.end if reason != "wake" else self._taken_until
        self._emit(SpeechEnded(duration=round(audio.duration, 3), reason=reason), turn=attention.turn)
        self._start_turn(Utterance(attention.turn, attention.purpose, audio, attention.source), attention.follow)

    def _nothing_said(self, attention: Attention) -> None:
        if attention.source == "dictation":
            return
        self._emit(Discarded(reason="nothing_said"), turn=attention.turn)
        asked = attention.follow is not None and attention.follow.confirm
        self._emit(TurnEnded(outcome="denied" if asked else "nothing_said"), turn=attention.turn)

    def _cut(self, attention: Attention, until: float | None) -> Audio:
        """From the start, or a pre-roll before the speech, to just after the last speech."""
        begin, end = attention.start, self.now
        speech_start, speech_end = attention.endpointer.speech_start, attention.endpointer.speech_end
        if speech_start is not None:
            begin = max(begin, speech_start - self._settings.audio.pre_roll_s)
        if attention.ends_by_silence and speech_end is not None:
            end = min(end, speech_end + TRAILING_SILENCE_S)
        if until is not None:
            end = max(begin, min(end, until))
        origin = attention.frames[0].start if attention.frames else begin
        samples = np.concatenate([frame.samples for frame in attention.frames] or [np.zeros(0, np.float32)])
        first = max(0, round((begin - origin) * SAMPLE_RATE))
        return Audio(samples[first : max(first, round((end - origin) * SAMPLE_RATE))], max(begin, origin))

    def _start_turn(self, utterance: Utterance, follow: Follow | None) -> None:
        if utterance.purpose == "dictate":
            self._dictations.add(utterance.turn)
        elif len(self._requests) >= MAX_REQUESTS:
            self._emit(TurnEnded(outcome="busy"), turn=utterance.turn)
            return
        else:
            self._requests.add(utterance.turn)
        self._outputs.append(StartTurn(utterance, follow))

    # Interruptions ------------------------------------------------------------------------------------------

    def _interrupt(self) -> None:
        """Drop every request that is under way, and be silent. Dictation is never cancelled."""
        self._turn += 1
        self._floor = self._turn
        self._outputs.append(StopSpeaking(self._floor))

    def _interrupt_voice(self) -> None:
        if self._speaking:
            self._interrupt()

    def _check_deadlines(self) -> None:
        attention = self._attention
        if attention and attention.deadline is not None and self._clock() >= attention.deadline:
            self._close("key")

    # Events -------------------------------------------------------------------------------------------------

    def _emit(self, event: Event, at: float | None = None, turn: int | None = None) -> None:
        current = self._attention.turn if self._attention else self._turn
        self._outputs.append(
            msgspec.structs.replace(event, at=self.now if at is None else at, turn=current if turn is None else turn)
        )

    def _show_mode(self) -> None:
        shown = (self._mode(), self._dictating, self._muted)
        if shown != self._shown:
            self._shown = shown
            self._emit(ModeChanged(mode=shown[0], dictating=shown[1], muted=shown[2]))

    def _mode(self) -> Mode:
        if self._speaking:
            return "speaking"
        if self._attention:
            return "listening"
        if self._requests or self._dictations:
            return "thinking"
        return "idle"
