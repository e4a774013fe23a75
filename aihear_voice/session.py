"""The session: a state machine from frames and inputs to outputs. No threads, no devices, no waiting.

Listening counts samples, so that any recording replays to the same outputs. Only what must work when no
frame comes (a lost device while a question is open) looks at the injected monotonic clock.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace

import msgspec
import numpy as np

from .attention import PAUSE_FRAMES, Attention, Source, quietest
from .events import Discarded, Event, KeyHeld, ModeChanged, SpeechEnded, SpeechStarted, TurnEnded, WakeHeard
from .messages import (
    Again,
    EndOfInput,
    First,
    Guess,
    Input,
    Key,
    Output,
    Preview,
    Record,
    SetMicrophone,
    Speaking,
    Speculate,
    SpotStop,
    StartTurn,
    StopHeard,
    StopSpeaking,
    Trigger,
    TurnDone,
    Unsaid,
)
from .ports import Endpointer, Segment, StopSpotter
from .settings import Settings
from .types import (
    FRAME_SECONDS,
    Audio,
    Follow,
    Heard,
    Match,
    Mode,
    Purpose,
    Transcript,
    Utterance,
    Wake,
)

WAKE_PHRASE_S = 0.9  # about what a wake phrase lasts: cut from the end of what was dictated before it
TRAILING_SILENCE_S = 0.3  # kept after the last speech: Whisper likes an end to the sentence
MAX_REQUESTS = 2  # one running, one waiting
NO_FRAMES_SLACK_S = 2.0  # a question stays open this much longer by the wall clock than by the audio clock
PACE = {"impatient": 0.75, "normal": 1.0, "slow": 1.6}  # how long silences are, for whom
LONGEST_SILENCE_S = 3.0  # whatever the words and the pace: then it is over
# A long piece of dictation ends at a shorter pause: (seconds of it, silence), the last that applies.
LONG_DICTATION = ((8.0, 0.6), (12.0, 0.4), (18.0, 0.25), (24.0, 0.13))
CUT_WITHIN_S = 4.0  # where there was none, it is cut at the quietest place of the last seconds
PREVIEW_EVERY_S = 0.75  # of speech, between two decodes of what is being said
PREVIEW_WINDOW_S = 11.0  # so much of it is decoded at most
PREVIEW_KEEP_S = 1.0  # the words nearest to the present are not settled yet
AMEND_LEAD_S = 0.25  # kept from before the speech that goes on after a command
AMENDED_S = 15.0  # a command with all that was added is no longer than this


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
        self._revision = 0
        self._floor = 0  # turns before it are stale
        self._quiet = 0  # turns before it are not answered aloud
        self._attention: Attention | None = None
        self._requests: set[int] = set()
        self._dictations: set[int] = set()
        self._speaking = False
        self._dictating = False
        self._muted = False
        self._over = False  # the file that stands in for the microphone is at its end
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
            case Key() | Trigger():
                self._by_hand(item)
            case Speaking():
                self._speaking = item.on
                self._spotter.reset()
            case StopHeard():
                self._interrupt()
            case TurnDone():
                self._turn_done(item)
            case Guess():
                self._guessed(item)
            case Again():
                self._again(item)
            case EndOfInput():
                self._close("end_of_input")
                self._dictating, self._over = False, True

    def _by_hand(self, item: Key | Trigger) -> None:
        if isinstance(item, Key):
            self._key(item)
        else:
            self._trigger(item.action)

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
        elif action in ("hold", "dictate"):
            self._key(Key("start", "trigger", action == "dictate"))
        elif action == "stop" and self._attention and self._attention.source == "key":
            self._key(Key("stop", "trigger"))
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
        self._give_way()
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
        elif then.do == "listen" and not self._over and done.turn >= self._quiet:
            self._settle()
            self._open(then.purpose, "reply", self.now, follow=done.follow)
        elif then.do == "dictate" and not self._dictating:
            self._dictating = True
            self._last_speech = self.now
            self._forget_first()
            if self._attention is None:
                # Whoever said "start dictation" may have gone on speaking while that was being recognised.
                self._open("dictate", "dictation", self._taken_until)
        elif then.do == "idle":
            self._dictating = False
            if self._attention and self._attention.source == "dictation":
                self._settle()

    def _again(self, again: Again) -> None:
        self._turn += 1
        utterance = Utterance(self._turn, again.purpose, again.audio, "retry")
        self._start_turn(StartTurn(utterance, guess=again.guess(self._turn, self.now), entry=again.entry))

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
        self._give_way()
        self._open("assist", "wake", wake.end)
        self._emit(WakeHeard(word=wake.word, score=round(wake.score, 3)), at=wake.end)

    def _spot_stop(self, heard: Heard) -> None:
        segment = self._spotter.push(heard)
        if segment is not None:
            self._outputs.append(SpotStop(segment))

    def _listen(self, attention: Attention, heard: Heard) -> None:
        attention.endpointer.silence_s = self._silence(attention)
        state = self._push(attention, heard)
        if attention.endpointer.speech_start is not None and not attention.announced:
            self._announce(attention, attention.endpointer.speech_start)
        elif attention.announced:
            self._record(attention, heard.frame)
        if attention.announced:
            self._last_speech = self.now if state == "speech" else self._last_speech
        else:
            self._forget_old_sound(attention)
        if attention.announced:
            self._speculate(attention)
            self._preview(attention, heard)
        self._close_in_time(attention, state)

    def _close_in_time(self, attention: Attention, state: Segment) -> None:
        if state == "cap":
            self._cap(attention)
        elif attention.close_at is not None and self.now >= attention.close_at:
            self._close("key")
        elif attention.ends_by_silence and state in ("ended", "nothing"):
            self._close("silence")
        elif state == "ended" and self._is_long(attention):
            self._part(attention, "silence")

    def _announce(self, attention: Attention, speech_start: float) -> None:
        attention.announced = True
        attention.previewed = attention.window = max(attention.start, self._begin(attention))
        if attention.first is None:
            self._emit(SpeechStarted(), at=speech_start)
            self._record(attention, attention.sound(self._begin(attention), self.now))
        else:  # whether it goes on with the command, or is somebody's talk, is not known yet
            self._turn += 1
            attention.turn = self._turn

    def _record(self, attention: Attention, audio: Audio) -> None:
        if attention.first is None:  # else its turn, if it comes to one, holds the command's own sound too
            self._outputs.append(Record(attention.turn, attention.purpose, audio))

    def _push(self, attention: Attention, heard: Heard) -> Segment:
        if heard.own_voice and attention.source != "amend" and not attention.announced:
            return "waiting"  # the rest of our own answer is nobody's speech; what a person says over it is kept
        return attention.endpointer.push(heard)

    # What the words say -------------------------------------------------------------------------------------

    def _speculate(self, attention: Attention) -> None:
        """At the first silence, have decoded what there is, so that the text is there when the end is declared."""
        end, wait = attention.endpointer.speech_end, self._settings.endpointing.speculate_s
        if not wait or end is None or attention.asked_for == end:
            return
        if attention.purpose == "dictate":  # it has many pauses, and decoding a long piece at each would take too much
            wait = max(wait, self._silence(attention) / 2)
            if end - self._begin(attention) > PREVIEW_WINDOW_S:
                return
        if self.now - end < wait - FRAME_SECONDS / 100:
            return
        self._revision += 1
        attention.asked_for, attention.revision, attention.guess = end, self._revision, None
        utterance = self._utterance(attention, self._cut(attention))
        self._outputs.append(Speculate(self._revision, utterance, attention.follow, self._first(attention)))

    def _first(self, attention: Attention) -> First | None:
        if attention.first is None:
            return None
        return replace(attention.first, rest=attention.sound(self._begin(attention), self.now))

    def _guessed(self, guess: Guess) -> None:
        attention = self._attention
        if attention is not None and (attention.turn, attention.revision) == (guess.turn, guess.revision):
            attention.guess = guess

    def _silence(self, attention: Attention) -> float:
        """Seconds that end the utterance: few after a complete command, many after "and"."""
        ends, guess = self._settings.endpointing, attention.guess_in_time
        state = guess.state if guess is not None and attention.purpose in ("assist", "dictate") else "open"
        silence = attention.base_silence
        if state == "unfinished":
            silence = max(silence, ends.unfinished_silence_s)
        elif state == "complete" and attention.purpose == "assist":
            silence = min(silence, ends.complete_silence_s)
        elif state != "open" and attention.purpose == "dictate":
            silence = min(silence, ends.silence_s)
        silence = min(silence * PACE[ends.pace], LONGEST_SILENCE_S)
        if attention.purpose == "dictate" and attention.endpointer.speech_start is not None:
            length = self.now - max(attention.start, attention.endpointer.speech_start)
            silence = min([silence, *(pause for since, pause in LONG_DICTATION if length >= since)])
        return silence

    def _preview(self, attention: Attention, heard: Heard) -> None:
        """Every so often, what is being said; a bounded part of it, the rest of which is settled."""
        if heard.speech is None or not self._settings.recognition.partials or attention.first is not None:
            return
        if heard.speech < self._settings.endpointing.silence_threshold:
            attention.quiet += 1
            return
        if attention.quiet >= PAUSE_FRAMES:
            attention.pauses.append(heard.frame.start - attention.quiet * FRAME_SECONDS / 2)
        attention.quiet = 0
        if attention.purpose not in ("assist", "dictate") or self.now - attention.previewed < PREVIEW_EVERY_S:
            return
        attention.previewed = self.now
        if self.now - attention.window >= PREVIEW_WINDOW_S:
            self._settle_window(attention)
        sound = attention.sound(attention.window, self.now)
        self._outputs.append(Preview(attention.turn, attention.purpose, sound))

    def _settle_window(self, attention: Attention) -> None:
        """What lies before the last pause is decoded once more, and then no more."""
        latest = self.now - PREVIEW_KEEP_S
        cut = max((p for p in attention.pauses if attention.window < p <= latest), default=None)
        if cut is None:
            cut = quietest(attention.sound(max(attention.window, latest - CUT_WITHIN_S), latest))
        sound = attention.sound(attention.window, cut)
        self._outputs.append(Preview(attention.turn, attention.purpose, sound, settled=True))
        attention.window = cut

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

    def _is_long(self, attention: Attention) -> bool:
        """Dictation with a held key, long enough that what was said up to this pause should be typed already."""
        if attention.purpose != "dictate" or attention.ends_by_silence or attention.close_at is not None:
            return False
        started = attention.endpointer.speech_start
        return started is not None and self.now - started >= LONG_DICTATION[0][0]

    def _cap(self, attention: Attention) -> None:
        """A long dictation goes on in a new piece, from where it is quietest; a request of half a minute ends."""
        held = attention.source == "key" and attention.close_at is None
        if attention.purpose != "dictate" or not (held or attention.source == "dictation"):
            self._close("cap")
            return
        self._part(attention, "cap", quietest(attention.sound(max(attention.start, self.now - CUT_WITHIN_S), self.now)))

    def _part(self, attention: Attention, reason: str, cut: float | None = None) -> None:
        """The piece up to `cut`, or to now, becomes its turn; dictation goes on in a new one."""
        self._close(reason, until=cut)
        start = self.now if cut is None else cut
        self._open("dictate", attention.source, start, by_silence=attention.ends_by_silence)
        assert self._attention is not None
        self._attention.continues = True

    # Attention ----------------------------------------------------------------------------------------------

    def _open(
        self,
        purpose: Purpose,
        source: Source,
        start: float,
        by_silence: bool = True,
        follow: Follow | None = None,
        first: First | None = None,
    ) -> None:
        if first is None:  # else its turn begins when somebody goes on speaking
            self._turn += 1
        start = max(start, self._taken_until)
        endpointer = self._endpointers(purpose, source)
        backlog = [heard for heard in self._recent if heard.frame.end > start]
        frames = [heard.frame for heard in backlog]
        self._attention = Attention(
            turn=self._turn,
            purpose=purpose,
            source=source,
            start=start,
            endpointer=endpointer,
            ends_by_silence=by_silence,
            follow=follow,
            frames=frames,
            base_silence=endpointer.silence_s,
            first=first,
        )
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
        self._forget_first()
        if self._attention and self._attention.announced:
            self._close("key")
        else:
            self._discard("cancelled")

    def _forget_first(self) -> None:
        """Nobody's going on with the last command is waited for any longer."""
        if self._attention and self._attention.first is not None:
            self._attention = None

    def _discard(self, reason: str) -> None:
        self._forget_first()
        attention, self._attention = self._attention, None
        if attention is not None and attention.announced:
            self._outputs.append(Unsaid(attention.turn))
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
            self._nothing_said(attention, reason)
            return
        if attention.first is not None:
            self._close_amendment(attention, attention.first)
            return
        audio = self._cut(attention, until)
        self._taken_until = audio.end if reason != "wake" else self._taken_until
        self._emit(SpeechEnded(duration=round(audio.duration, 3), reason=reason), turn=attention.turn)
        start = StartTurn(self._utterance(attention, audio), attention.follow)
        self._start_turn(_with_guess(start, attention) if until is None else start)
        if reason == "silence" and attention.source in ("wake", "trigger"):
            self._await_more(attention, audio)

    def _await_more(self, attention: Attention, audio: Audio) -> None:
        """For a little while, what is said goes on with the command that was taken as complete."""
        guess, wait = attention.guess_in_time, self._settings.endpointing.amend_s
        if not wait or self._dictating or attention.purpose != "assist" or attention.follow is not None:
            return
        if guess is None or guess.match is None or audio.duration > AMENDED_S:
            return
        self._await(attention.turn, guess.match, guess.transcript.text, audio)

    def _await(self, turn: int, match: Match, text: str, audio: Audio) -> None:
        nothing = Audio(np.zeros(0, np.float32), self.now)
        self._open("assist", "amend", self.now, first=First(turn, match, text, audio, nothing))

    def _close_amendment(self, attention: Attention, first: First) -> None:
        """Only what is known, or still may turn out, to amend the command is anybody's business."""
        guess = attention.guess_in_time
        if guess is not None and not first.amended_by(guess.transcript, guess.match):
            return
        audio = self._cut(attention)
        self._taken_until = self.now
        self._emit(SpeechStarted(), at=attention.endpointer.speech_start, turn=attention.turn)
        self._emit(SpeechEnded(duration=round(audio.duration, 3), reason="silence"), turn=attention.turn)
        if guess is not None:
            self._floor = attention.turn if self._speaking else self._floor
            self._hush(attention.turn)
        start = StartTurn(self._utterance(attention, audio), first=self._first(attention))
        self._start_turn(_with_guess(start, attention))
        if guess is not None and guess.match is not None and audio.duration <= AMENDED_S:
            self._await(attention.turn, guess.match, guess.transcript.text, audio)

    def _nothing_said(self, attention: Attention, reason: str) -> None:
        if attention.source in ("dictation", "amend") or attention.continues:
            return
        if reason == "silence" and attention.follow is not None and attention.follow.silence:
            self._start_turn(StartTurn(*_of_silence(attention, self.now)))
            return
        self._emit(Discarded(reason="nothing_said"), turn=attention.turn)
        asked = attention.follow is not None and attention.follow.confirm
        self._emit(TurnEnded(outcome="denied" if asked else "nothing_said"), turn=attention.turn)

    def _begin(self, attention: Attention) -> float:
        """From the start, or a pre-roll before the speech."""
        lead = AMEND_LEAD_S if attention.first is not None else self._settings.audio.pre_roll_s
        speech_start = attention.endpointer.speech_start
        return attention.start if speech_start is None else max(attention.start, speech_start - lead)

    def _cut(self, attention: Attention, until: float | None = None) -> Audio:
        """To just after the last speech; with the command that it goes on with, the pause between them shortened."""
        begin, end = self._begin(attention), self.now
        speech_end = attention.endpointer.speech_end
        if attention.ends_by_silence and speech_end is not None:
            end = min(end, speech_end + TRAILING_SILENCE_S)
        if until is not None:
            end = max(begin, min(end, until))
        audio = attention.sound(begin, end)
        if attention.first is None:
            return audio
        before = attention.first.audio
        return Audio(np.concatenate([before.samples, audio.samples]), before.start)

    def _utterance(self, attention: Attention, audio: Audio) -> Utterance:
        return Utterance(attention.turn, attention.purpose, audio, attention.source)

    def _start_turn(self, start: StartTurn) -> None:
        utterance = start.utterance
        if utterance.purpose == "dictate":
            self._dictations.add(utterance.turn)
        elif len(self._requests) >= MAX_REQUESTS:
            self._emit(TurnEnded(outcome="busy"), turn=utterance.turn)
            return
        else:
            self._requests.add(utterance.turn)
        self._outputs.append(start)

    # Interruptions ------------------------------------------------------------------------------------------

    def _interrupt(self) -> None:
        """Drop every request that is under way, and be silent. Dictation is never cancelled."""
        self._turn += 1
        self._floor = self._turn
        self._hush(self._turn)

    def _interrupt_voice(self) -> None:
        if self._speaking:
            self._interrupt()

    def _give_way(self) -> None:
        """The person speaks again: what they asked for before is done, and nothing is said over them."""
        if max(self._requests | self._dictations, default=-1) >= self._quiet:
            self._turn += 1
            self._hush(self._turn)

    def _hush(self, quiet: int) -> None:
        self._quiet = max(self._quiet, quiet)
        self._outputs.append(StopSpeaking(self._floor, self._quiet))

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
        if self._attention and self._attention.first is None:
            return "listening"
        if self._requests or self._dictations:
            return "thinking"
        return "idle"


def _with_guess(start: StartTurn, attention: Attention) -> StartTurn:
    """What was found of the same speech, or will be soon."""
    if attention.asked_for is None or attention.asked_for != attention.endpointer.speech_end:
        return start
    return replace(start, guess=attention.guess, revision=attention.revision)


def _of_silence(attention: Attention, now: float) -> tuple[Utterance, Follow | None, Guess]:
    """What was asked for, and not said: it is known what there is to transcribe."""
    sound = attention.sound(attention.start, now)
    nothing = Transcript("", "", (), 0.0, 1.0, "", 0.0, reliable=False)
    utterance = Utterance(attention.turn, attention.purpose, sound, attention.source)
    return utterance, attention.follow, Guess(attention.turn, 0, nothing, None, "open", now)
