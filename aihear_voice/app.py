"""The composition root: builds the assistant from its parts, runs it, stops it. Alone in knowing everyone."""

from __future__ import annotations

import contextlib
import queue
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from .attention import Source
from .control import DONE, LIVE, RETRY
from .errors import AihearError
from .events import (
    Event,
    EventStream,
    Failed,
    KeyHeld,
    PluginsLoaded,
    Ready,
    Replied,
    SpeechStarted,
    TurnEnded,
    WakeHeard,
)
from .guessing import Guesser
from .guessing import Parts as GuessParts
from .keeping import Keeper
from .messages import (
    EndOfInput,
    Guess,
    Input,
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
from .mind import Answers, build_mind
from .plugin.watch import PluginWatch
from .ports import EchoGuard, Endpointer, Microphone, VoiceActivity, WakeWords
from .resident import ResidentRecogniser
from .session import Session
from .settings import Settings
from .turn import Parts, Turn
from .types import Audio, Completeness, Follow, Heard, Match, Purpose, Transcript
from .work import Job, TurnThread, merge

if TYPE_CHECKING:
    from .audio.watch import WatchedMicrophone
    from .control import ControlServer
    from .hotkeys import Hotkeys
    from .listening.ear import Ear
    from .overlay.process import Overlay
    from .speaking.aloud import Aloud

TICK_SECONDS = 0.1  # the loop looks at clocks and messages this often when no frame comes
WAKE_GRACE_S = 0.25  # the tail of the wake phrase, which is no speech of the utterance
ALARM_SECONDS = 0.2  # between two looks whether one is due: each reads the file's date
AT_EASE = 2  # frames at once, while nobody waits for anything
STOP_WAIT_S = 5.0
REMEMBERED_TURNS = 1000  # of which it is known when they began: more than ever wait


@dataclass(frozen=True)
class Options:
    """input: a file in place of the microphone; realtime: at the speed of sound; dry_run: no effects.

    watch_plugins: they are read anew when one of their files is saved
    """

    input: Path | None = None
    realtime: bool = False
    dry_run: bool = False
    watch_plugins: bool = False


class Assistant:
    """`run` blocks until `stop`, or until the input file and its turns are done."""

    def __init__(self, settings: Settings, stream: EventStream, options: Options) -> None:
        self._settings = settings
        self._stream = stream
        self._options = options
        self._inbox: queue.SimpleQueue[Input] = queue.SimpleQueue()
        self._stopping = threading.Event()
        self._fatal: AihearError | None = None
        self._deaf = False
        self._ready = False
        self._waiting = 0  # utterances of earlier runs that were not delivered
        self._attentive = False
        self._alarms_at = 0.0  # monotonic seconds of the next look
        self._now = 0.0  # on the audio clock
        self._floor = 0
        self._quiet = 0  # never below _floor
        self._speaking_turn = 0
        self._answers = Answers()
        self._spotting = ThreadPoolExecutor(1, thread_name_prefix="aihear-stop-word")
        self._build()

    def _build(self) -> None:
        from .recognition.recogniser import WhisperRecogniser
        from .speaking.barge_in import StopSpotter

        settings = self._settings
        recogniser = WhisperRecogniser(settings.recognition)
        self._recogniser = ResidentRecogniser(recogniser, settings.recognition.unload_after_s, time.monotonic)
        self._mind = build_mind(settings, self._emit, self._options.dry_run, self._word_times)
        self._microphone: WatchedMicrophone = self._watched(self._make_microphone())
        self._wakes: WakeWords | None = _wake_words(settings) if settings.wake.enabled else None
        self._ear: Ear = _ear(settings, self._wakes)
        self._aloud: Aloud | None = None
        self._echo: EchoGuard | None = None
        if settings.speaking.enabled and not self._options.dry_run:
            self._aloud, self._echo = self._make_voice()
        self._spotter = StopSpotter(settings.speaking.stop_words)
        self._session = Session(settings, self._endpointer, self._spotter, time.monotonic)
        self._keys: Hotkeys | None = None
        self._control: ControlServer | None = None
        self._overlay: Overlay | None = None
        self._plugin_watch = PluginWatch(self._reload_plugins) if self._options.watch_plugins else None
        self._keeper: Keeper | None = None if self._options.dry_run else Keeper(settings, self._complain)
        self._turns = TurnThread(self._do, self._warm)
        self._began: dict[int, float] = {}  # monotonic seconds at which speech began, by turn
        self._guesser = Guesser(
            GuessParts(self._recogniser.transcribe, self._judge, self._own_words, self._inbox.put, self._emit)
        )

    # Building -----------------------------------------------------------------------------------------------

    def _make_microphone(self) -> Microphone:
        if self._options.input is not None:
            from .audio.file import FileMicrophone

            return FileMicrophone(self._options.input, realtime=self._options.realtime)
        from .audio.microphone import DeviceMicrophone

        return DeviceMicrophone(self._settings.audio)

    def _watched(self, microphone: Microphone) -> WatchedMicrophone:
        from .audio.watch import WatchedMicrophone

        return WatchedMicrophone(microphone, self._settings.audio, self._emit_now, time.monotonic)

    def _make_voice(self) -> tuple[Aloud, EchoGuard]:
        from .audio import server
        from .audio.devices import portaudio
        from .speaking.aloud import Aloud
        from .speaking.echo import OwnVoiceGuard
        from .speaking.player import SpeakerPlayer
        from .speaking.reference import Reference
        from .speaking.voices import Pyttsx3Voice

        settings = self._settings
        reference = Reference()
        player = SpeakerPlayer(settings.audio, reference, portaudio, lambda: server.endpoints("output"))
        voice = Pyttsx3Voice(settings.speaking)
        echo = OwnVoiceGuard(reference)
        aloud = Aloud(settings.speaking, voice, player, self._emit_now, self._says, self._audible)
        return aloud, echo

    def _endpointer(self, purpose: Purpose, source: Source) -> Endpointer:
        from .listening.endpointing import SilenceEndpointer

        ends = self._settings.endpointing
        if source == "amend":
            return SilenceEndpointer(ends, silence_s=ends.silence_s, wait_s=ends.amend_s)
        patient = purpose in ("dictate", "practise")
        wait = None if source in ("dictation", "key") else ends.wait_for_speech_s
        if source == "reply":
            wait = self._settings.policy.confirm_timeout_s
        return SilenceEndpointer(
            ends,
            silence_s=ends.dictation_silence_s if patient else ends.silence_s,
            grace_s=WAKE_GRACE_S if source == "wake" else 0.0,
            wait_s=wait,
        )

    # Running ------------------------------------------------------------------------------------------------

    def run(self) -> None:
        """Raises AihearError for what makes listening impossible."""
        try:
            self._mind.services.typist.warm()
            self._microphone.open()
            if self._keeper is not None:
                self._stream.listen(self._keeper.hear)
                self._waiting = self._keeper.start()
            self._turns.start()
            self._guesser.start()
            self._start_overlay()
            if self._plugin_watch is not None:
                self._plugin_watch.start()
            if self._options.input is None:
                self._start_controls()
            self._loop()
        finally:
            self._close()
        if self._fatal is not None:
            raise self._fatal

    def stop(self) -> None:
        """From any thread, or a signal handler."""
        self._stopping.set()

    def _loop(self) -> None:
        ended = False
        while not self._stopping.is_set():
            if self._holds_still():
                self._step(None, [self._next_message()])
                continue
            frame = self._microphone.read(TICK_SECONDS, 1 if self._attentive or not self._ready else AT_EASE)
            if self._deaf:
                frame = None
            inputs = self._messages()
            if frame is None and self._microphone.ended():
                if not ended:
                    inputs.append(EndOfInput())
                    ended = True
                elif not inputs and not self._session.waiting and not self._turns.busy:
                    return
            self._step(frame, inputs)
            if frame is not None and not self._ready:
                self._tell_ready()
            self._ring_alarms()
            self._recogniser.rest(needed=self._session.waiting or self._turns.busy)

    def _holds_still(self) -> bool:
        """A file's clock waits while a turn computes, so that a slow computer hears the same as a fast one."""
        if self._options.input is None or self._options.realtime or not self._ready:
            return False
        return self._turns.busy or self._guesser.busy

    def _next_message(self) -> Input | None:
        try:
            return self._inbox.get(timeout=TICK_SECONDS)
        except queue.Empty:
            return None

    def _messages(self) -> list[Input]:
        messages: list[Input] = list(self._keys.poll()) if self._keys else []
        while not self._inbox.empty():
            messages.append(self._inbox.get())
        return messages

    def _step(self, frame: Audio | None, inputs: Sequence[Input | None]) -> None:
        heard = self._detect(frame) if frame is not None else None
        for output in self._session.step(heard, [item for item in inputs if item is not None]):
            self._carry_out(output)
        self._now = self._session.now
        if self._keys is not None:
            self._keys.follow(self._session.key_open)
        if self._aloud is not None and not self._audible(self._speaking_turn):
            self._aloud.hush()  # it may have begun to play between the interruption and its check

    def _detect(self, frame: Audio) -> Heard:
        own_voice = False
        if self._echo is not None:
            frame, own_voice = self._echo.clean(frame)
        self._attentive = own_voice or self._session.waiting
        speech, wake = self._ear.hear(frame, self._attentive)
        if wake is not None and self._echo is not None and self._echo.ours(wake):
            wake = None
        return Heard(frame, speech, wake, own_voice)

    def _carry_out(self, output: Output) -> None:
        match output:
            case StartTurn() | Speculate() | Preview():
                self._decode(output)
            case Record() | Unsaid():
                self._keep(output)
            case StopSpeaking(floor, quiet):
                self._floor, self._quiet = floor, quiet
                if self._aloud is not None:
                    self._aloud.hush()
            case SpotStop(audio):
                self._spotting.submit(self._spot_stop, audio)
            case SetMicrophone(is_open):
                self._mute(not is_open)
            case Event():
                self._tell(output)

    def _tell(self, event: Event) -> None:
        """An event of the session."""
        if isinstance(event, TurnEnded) and event.outcome == "busy":
            text = self._answers("busy", self._settings.recognition.languages[0])
            self._emit(Replied(text=text, turn=event.turn, at=event.at))
        if isinstance(event, WakeHeard | KeyHeld):
            self._recogniser.soon()  # it loads while the person speaks
            self._mind.services.typist.soon()
        if isinstance(event, SpeechStarted):
            self._note_began(event)
        self._emit(event)

    def _note_began(self, event: SpeechStarted) -> None:
        """Text goes to the window that was focused then. A file is heard faster than it was spoken."""
        lag = self._session.now - event.at if self._options.input is None or self._options.realtime else 0.0
        self._began[event.turn] = time.monotonic() - lag
        while len(self._began) > REMEMBERED_TURNS:
            del self._began[next(iter(self._began))]

    def _decode(self, output: StartTurn | Speculate | Preview) -> None:
        match output:
            case Speculate():
                self._guesser.ask(output, self._session.now)
            case Preview():
                self._guesser.preview(output, self._session.now)
            case StartTurn(utterance):
                self._guesser.forget(utterance.turn, output.revision)
                self._keep(output)
                began = self._began.get(utterance.turn)
                window = self._mind.services.typist.target_at(began) if began is not None else 0
                self._turns.put(Job(self._session.now, output, window=window))

    def _keep(self, output: Record | Unsaid | StartTurn) -> None:
        """A dry run leaves nothing behind."""
        if self._keeper is not None:
            self._keeper.take(output)

    def _complain(self, error: AihearError) -> None:
        """What cannot be kept is told; listening goes on."""
        self._emit_now(Failed(message=error.message, code=error.code, hint=error.hint))

    def _mute(self, muted: bool) -> None:
        """Closes the device. A file runs on to its end, unheard."""
        if self._options.input is not None:
            self._deaf = muted
        else:
            self._microphone.mute(muted)

    # The turn thread ----------------------------------------------------------------------------------------

    def _warm(self) -> None:
        try:
            self._recogniser.warm()
        except AihearError as error:
            if not self._stopping.is_set():  # without a recogniser there is nothing to do
                self._fatal = error
                self._stopping.set()
        self._mind.router.warm(self._settings.recognition.languages)

    def _do(self, jobs: Sequence[Job]) -> None:
        if jobs[0].alarm is not None:
            alarm = jobs[0].alarm
            self._turn(self._quiet, "assist", jobs[0].cause).act(
                Match(alarm.plugin, alarm.intent, alarm.slots, 1.0, alarm.language)
            )
            return
        starts = [job.start for job in jobs if job.start is not None]
        cause = jobs[-1].cause
        together = self._together(starts, cause) if len(starts) > 1 else None
        if together is not None:
            self._work(together, starts, cause)
        else:
            for start in starts:
                self._work(start, [start], cause)

    def _work(self, start: StartTurn, parts: Sequence[StartTurn], cause: float) -> None:
        """parts: what `start` is made of"""
        utterance = start.utterance
        if self._keeper is not None:
            self._keeper.begin(parts)
        done = self._turn(utterance.turn, utterance.purpose, cause).hear(start)
        for merged in [part.utterance for part in parts[:-1]]:
            self._emit(TurnEnded(outcome="merged", turn=merged.turn, at=cause))
            self._inbox.put(TurnDone(merged.turn, merged.purpose))
        self._inbox.put(done)

    def _together(self, starts: Sequence[StartTurn], cause: float) -> StartTurn | None:
        """Pieces of dictation that wait, transcribed as one; None where each has to be heard by itself."""
        whole = merge([start.utterance for start in starts])
        try:
            transcript = self._recogniser.transcribe(whole.audio, whole.purpose)
        except AihearError:
            return None  # what is wrong is told of the first
        # A doubt about one is none about the others; and "scratch that" among them is no text.
        if not transcript.reliable or self._mind.has_command(transcript, whole.purpose):
            return None
        return StartTurn(whole, guess=Guess(whole.turn, 0, transcript, None, "open", cause + transcript.compute_s))

    def _turn(self, turn: int, purpose: Purpose, cause: float) -> Turn:
        parts = Parts(
            recogniser=self._recogniser,
            router=self._mind.router,
            plugins=self._mind.by_name,
            services=self._mind.services,
            verdict=self._mind.verdict,
            emit=self._emit,
            current=self._current,
            audible=self._audible,
            guess=self._guesser.wait,
            began=self._began.get,
            quiet=self._keys.unheard if self._keys is not None else contextlib.nullcontext,
            speaker=self._aloud,
            echo=self._echo,
            talk=self._mind.talk,
        )
        self._speaking_turn = turn
        return Turn(parts, turn, purpose, cause)

    def _judge(
        self, transcript: Transcript, purpose: Purpose, follow: Follow | None
    ) -> tuple[Match | None, Completeness]:
        return self._mind.judge(transcript, purpose, follow)

    def _reload_plugins(self) -> None:
        """A turn that is under way goes on with what it has begun with."""
        mind = self._mind.reloaded()
        mind.router.warm(self._settings.recognition.languages)
        self._mind = mind
        self._emit_now(PluginsLoaded(plugins=tuple(mind.by_name)))
        self._tell_broken_plugins()

    def _current(self, turn: int) -> bool:
        return turn >= self._floor

    def _audible(self, turn: int) -> bool:
        """Whether its answer may be said aloud."""
        return turn >= self._quiet

    def _own_words(self, text: str, audio: Audio) -> bool:
        return self._echo is not None and self._echo.said(text, audio)

    def _says(self, on: bool) -> None:
        self._inbox.put(Speaking(on))

    def _word_times(self, audio: Audio) -> Transcript:
        return self._recogniser.transcribe(audio, "practise", words=True)

    def _spot_stop(self, audio: Audio) -> None:
        try:
            text = self._recogniser.transcribe(audio, "assist").text
        except AihearError:
            return  # the answer ends by itself, or by the key
        if self._spotter.is_stop(text) and not (self._echo is not None and self._echo.said(text, audio)):
            self._inbox.put(StopHeard())

    def _ring_alarms(self) -> None:
        if time.monotonic() < self._alarms_at:
            return
        self._alarms_at = time.monotonic() + ALARM_SECONDS
        for alarm in self._mind.services.alarms.due(time.time()):
            self._turns.put(Job(self._session.now, alarm=alarm))

    # Keys and triggers --------------------------------------------------------------------------------------

    def _start_controls(self) -> None:
        from .control import ControlServer
        from .hotkeys import Hotkeys

        self._control = ControlServer(self._triggered)
        self._control.start()
        if not self._settings.push_to_talk.enabled:
            return
        try:
            self._keys = Hotkeys(self._settings)
        except AihearError as error:  # the wake word and `aihear trigger` still work
            self._emit_now(Failed(message=error.message, code=error.code, hint=error.hint))

    def _start_overlay(self) -> None:
        from .overlay.process import Overlay

        watched = self._options.input is None or self._options.realtime
        if not (watched and self._settings.overlay.enabled):
            return
        overlay = Overlay(self._settings.overlay)
        with contextlib.suppress(AihearError):  # without a screen there is nothing to see; `aihear doctor` says so
            overlay.start()
            self._stream.listen(overlay.hear)
            self._overlay = overlay

    def _triggered(self, request: str) -> str:
        action, _, number = request.partition(" ")
        if action in (RETRY, LIVE):
            return self._retry(int(number), only_ask=action == LIVE)
        self._inbox.put(Trigger(action))  # type: ignore[arg-type]
        return DONE

    def _retry(self, number: int, only_ask: bool) -> str:
        """An entry of the history is worked on once more. Returns what is wrong with that, LIVE where it still is."""
        if self._keeper is None:
            return "this is a dry run"
        if self._keeper.is_live(number):
            return LIVE
        if only_ask:
            return DONE
        try:
            self._inbox.put(self._keeper.again(number))
        except AihearError as error:
            return error.message
        return DONE

    # Events -------------------------------------------------------------------------------------------------

    def _emit(self, event: Event) -> None:
        self._stream.emit(event)

    def _emit_now(self, event: Event) -> None:
        self._emit(msgspec.structs.replace(event, at=self._now))

    def _tell_ready(self) -> None:
        """A first frame has come and been listened to."""
        self._ready = True
        self._emit_now(
            Ready(
                microphone=self._microphone.name,
                model=self._recogniser.name,
                wake_words=self._wakes.words if self._wakes else (),
                key=self._settings.push_to_talk.key if self._keys else "",
                waiting=self._waiting,
            )
        )
        self._tell_broken_plugins()
        self._tell_undelivered()

    def _tell_broken_plugins(self) -> None:
        for plugin in self._mind.plugins:
            if plugin.reason and plugin.status in ("ok", "broken"):
                message = f"plugin {plugin.name}: {plugin.reason}"
                self._emit_now(Failed(message=message, code="plugin_broken", hint="aihear plugins check"))

    def _tell_undelivered(self) -> None:
        if self._waiting:
            message = f"{self._waiting} of what you said earlier was not delivered"
            hint = "aihear history list --waiting shows it, aihear history retry delivers it"
            self._emit_now(Failed(message=message, code="undelivered", hint=hint))

    def _close(self) -> None:
        self._stopping.set()
        self._floor = self._quiet = 1 << 62
        if self._aloud is not None:
            self._aloud.hush()
        for part in (self._keys, self._control, self._overlay, self._plugin_watch):
            if part is not None:
                part.stop()
        self._microphone.close()
        self._guesser.stop(0.0)
        self._turns.stop(STOP_WAIT_S)
        self._spotting.shutdown(wait=False, cancel_futures=True)
        self._recogniser.close()
        if self._aloud is not None:
            self._aloud.close()
        self._mind.services.typist.close()
        if self._keeper is not None:
            self._keeper.stop()


def _activity() -> VoiceActivity:
    from .listening.activity import SileroActivity

    return SileroActivity()


def _wake_words(settings: Settings) -> WakeWords:
    from .listening.wake import load_wake_words

    return load_wake_words(settings.wake)


def _ear(settings: Settings, wakes: WakeWords | None) -> Ear:
    from .listening.ear import Ear
    from .listening.gate import EnergyGate

    return Ear(_activity(), wakes, EnergyGate() if settings.endpointing.energy_gate else None)


def record_utterance(settings: Settings) -> Audio:
    """One utterance from the microphone, ended by silence. Raises DeviceError."""
    from .audio.microphone import DeviceMicrophone
    from .listening.endpointing import SilenceEndpointer

    ends = settings.endpointing
    endpointer = SilenceEndpointer(ends, silence_s=ends.dictation_silence_s, grace_s=0.0, wait_s=ends.wait_for_speech_s)
    activity = _activity()
    microphone = DeviceMicrophone(settings.audio)
    microphone.open()
    try:
        return _record(microphone, activity, endpointer)
    finally:
        microphone.close()


def _record(microphone: Microphone, activity: VoiceActivity, endpointer: Endpointer) -> Audio:
    import numpy as np

    from .errors import DeviceError

    frames: list[Audio] = []
    state = "waiting"
    while state in ("waiting", "speech"):
        frame = microphone.read(TICK_SECONDS)
        if frame is None:
            if trouble := microphone.trouble():
                raise DeviceError(f"the microphone {microphone.name} is {trouble}", "device_lost", "aihear doctor")
            continue
        frames.append(frame)
        state = endpointer.push(Heard(frame, activity.probability(frame)))
    return Audio(np.concatenate([frame.samples for frame in frames]), frames[0].start)
