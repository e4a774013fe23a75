"""Nothing that was said is lost: sound is on disk while it is spoken, and each utterance has its row in the history
until, and as long as the person wants after, it was delivered.

What becomes of it is read from the events. The sound's file comes first and names its moment and purpose, so that
whenever the program is killed, the next one, or `aihear history`, makes the missing row from it (`recover`).
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from . import paths
from .audio.save import Spool, Take
from .errors import AihearError
from .events import Event, Failed, FinalText, Matched, TurnEnded, Typed
from .messages import Again, Record, StartTurn, Unsaid
from .settings import HistorySettings, Settings
from .transcripts.doings import Doings
from .transcripts.history import BROKEN, Entry, History, HistoryError, Outcome, set_aside
from .types import Audio, Purpose, Transcript

EXPIRE_EVERY_S = 600.0
_KEPT = ("assist", "dictate")  # an attempt at a pronunciation is of use to nobody later
SPOOL_S = 8 * 3600.0  # of sound, at most: 0.9 GB
NOTHING_S = 0.05  # a file of less was begun in the moment in which the program was killed
_DAY_S, _HOUR_S = 86_400.0, 3600.0
_REASONS = {
    "busy": "two requests were waiting already",
    "unreliable": "it was not heard well enough",
    "kept": "the window that it was meant for had changed",
}


def open_history() -> History:
    """Raises HistoryError."""
    return History(paths.history())


def open_spool() -> Spool:
    return Spool(paths.state("spool"))


def recover(spool: Spool, history: History) -> None:
    """Rows for sounds that have none: the program was killed before it could write them."""
    known, sounds = history.sounds(), spool.sounds()
    for sound in sounds:
        if sound.name not in known and sound.seconds >= NOTHING_S:
            history.begin(sound.at, sound.purpose, sound.seconds, sound.name)
    # The other way round: what was taken back just after somebody had listed it.
    there = {sound.name for sound in sounds}
    gone = [
        entry.id for entry in history.entries(waiting=True) if entry.sound not in {*there, None} and not entry.heard
    ]
    history.delete(gone)


def forget(spool: Spool, history: History, entries: Sequence[Entry]) -> None:
    """Entries and their sounds."""
    spool.remove(history.delete([entry.id for entry in entries]))


def expire(spool: Spool, history: History, settings: HistorySettings) -> None:
    """What has been kept for long enough."""
    now = time.time()
    if settings.keep_days:
        before = now - settings.keep_days * _DAY_S
        forget(spool, history, history.older(before))
        history.delete_actions(before)
    old = history.older(now - settings.sound_hours * _HOUR_S, "delivered")
    _silence(spool, history, [entry for entry in old if entry.sound])
    _silence(spool, history, _too_much(spool, history))


def _too_much(spool: Spool, history: History) -> list[Entry]:
    """Whose sounds are over SPOOL_S: first those that are delivered, the oldest first."""
    by_sound = {entry.sound: entry for entry in history.older(time.time())}
    sounds = spool.sounds()
    over = sum(sound.seconds for sound in sounds) - SPOOL_S
    found = []
    for sound in sorted(sounds, key=lambda each: (_waits(by_sound.get(each.name)), each.at)):
        entry = by_sound.get(sound.name)
        if over <= 0 or entry is None:
            break
        over -= sound.seconds
        found.append(entry)
    return found


def _waits(entry: Entry | None) -> int:
    """0 where it was delivered; 2 where it is just being spoken."""
    return 2 if entry is None else int(entry.outcome != "delivered")


def _silence(spool: Spool, history: History, entries: Sequence[Entry]) -> None:
    """Only their texts stay."""
    spool.remove([entry.sound for entry in entries if entry.sound])
    history.silent([entry.id for entry in entries])


def again(spool: Spool, entry: Entry) -> Again:
    """What is needed to work on it once more; what was heard well is not heard anew. Raises AihearError."""
    if entry.heard and not entry.doubtful:
        known = Transcript(entry.heard, entry.language, (), 0.0, 0.0, "history", 0.0)
        return Again(entry.id, entry.purpose, Audio(np.zeros(0, np.float32)), known)
    if entry.sound is None:
        raise AihearError(f"the sound of entry {entry.id} was not kept", "no_sound", "dictation.spool keeps it")
    return Again(entry.id, entry.purpose, spool.load(entry.sound))


@dataclass
class _Turn:
    """row: of the utterance that stands for all; parts: of those that were merged into it"""

    row: int
    purpose: Purpose
    parts: tuple[int, ...] = ()
    intent: tuple[str, str] = ("", "")
    heard: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True)
class _Said:
    """at: seconds since the epoch; seconds: of sound; sound: its file's name, None where it is not kept"""

    at: float
    seconds: float
    sound: str | None


class Keeper:
    """take: for the loop thread; begin: for the turn thread; hear: for the event stream; again: for any.

    A disk that is full or a broken file is told, once for each way to fail, and stops nothing.
    """

    def __init__(self, settings: Settings, tell: Callable[[AihearError], None]) -> None:
        self._settings = settings.history
        self._tell_person = tell
        self._told: set[str] = set()
        self._lock = threading.RLock()
        self._takes: dict[int, tuple[float, Take]] = {}
        self._said: dict[int, _Said] = {}
        self._turns: dict[int, _Turn] = {}
        self._stopping = threading.Event()
        self._live: set[int] = set()  # rows of utterances that are on their way
        self._history: History | None = None
        self._doings: Doings | None = None
        with self._survives():
            self._history = self._open()
            self._doings = Doings(self._history)
        # Sound that has no row would wait for ever, delivered or not.
        self._spool = open_spool() if settings.dictation.spool and self._history is not None else None
        self._sweeper = threading.Thread(target=self._sweep, name="aihear-history", daemon=True)

    def _open(self) -> History:
        try:
            return open_history()
        except HistoryError as error:
            if error.code != BROKEN:
                raise
            aside = set_aside(paths.history())
            self._tell_person(HistoryError(f"{error.message}; it is kept as {aside.name}", error.code, ""))
            return open_history()

    def start(self) -> int:
        """Finds what an earlier run left behind. Returns how many utterances wait to be delivered."""
        waiting = 0
        if self._history is not None:
            with self._survives():
                if self._spool is not None:
                    recover(self._spool, self._history)
                waiting = self._history.waiting()
        self._sweeper.start()
        return waiting

    def stop(self) -> None:
        self._stopping.set()
        if self._history is not None:
            with self._survives():
                self._history.close()
        self._history = None

    # Sound --------------------------------------------------------------------------------------------------

    def take(self, output: Record | Unsaid | StartTurn) -> None:
        """An output of the session. What it holds is on disk when this returns."""
        match output:
            case Record():
                self._record(output)
            case Unsaid(turn):
                self._unsaid(turn)
            case StartTurn():
                self._close(output)

    def _record(self, part: Record) -> None:
        with self._survives():
            if self._spool is None or part.purpose not in _KEPT:
                return
            if part.turn not in self._takes:
                at = time.time() - part.audio.duration
                self._takes[part.turn] = at, self._spool.begin(at, part.purpose, part.audio.start)
            self._takes[part.turn][1].write(part.audio.samples)

    def _unsaid(self, turn: int) -> None:
        _, take = self._takes.pop(turn, (0.0, None))
        if take is not None:
            take.drop()

    def _close(self, start: StartTurn) -> None:
        """That is the whole of it."""
        utterance = start.utterance
        if start.entry is not None or utterance.purpose not in _KEPT:
            return
        turn, audio = utterance.turn, utterance.audio
        at = time.time() - audio.duration
        with self._survives():
            if self._spool is not None and turn not in self._takes:  # as of a command that was amended
                self._takes[turn] = at, self._spool.begin(at, utterance.purpose, audio.start)
            at, take = self._takes.pop(turn, (at, None))
            with self._lock:
                self._said[turn] = _Said(at, audio.duration, take.name if take is not None else None)
            if take is not None:
                take.finish(audio)

    def again(self, number: int) -> Again:
        """What the session needs to work on an entry once more. Raises AihearError where that cannot be."""
        history = self._history
        entry = history.entry(number) if history is not None else None
        if history is None or entry is None:
            raise AihearError(f"there is no entry {number} in the history", "no_entry", "aihear history list")
        wanted = again(open_spool(), entry)
        with self._lock:
            self._live.add(number)
        with self._survives():
            history.end(number, "pending")
        return wanted

    def is_live(self, number: int) -> bool:
        """Whether that entry is being spoken, waits for its turn or is worked on: it will be delivered by itself."""
        entry = self._history.entry(number) if self._history is not None else None
        with self._lock:
            sounds = {take.name for _, take in self._takes.values()} | {said.sound for said in self._said.values()}
            return number in self._live or (entry is not None and entry.sound is not None and entry.sound in sounds)

    # Rows ---------------------------------------------------------------------------------------------------

    def begin(self, starts: Sequence[StartTurn]) -> None:
        """These are worked on now, together; events will carry the turn of the last one."""
        with self._survives():
            rows = [self._row(start) for start in starts]
            if rows and rows[-1] is not None:
                utterance = starts[-1].utterance
                parts = tuple(row for row in rows[:-1] if row is not None)
                with self._lock:
                    self._turns[utterance.turn] = _Turn(rows[-1], utterance.purpose, parts)
                    self._live |= {rows[-1], *parts}

    def _row(self, start: StartTurn) -> int | None:
        if start.entry is not None:
            return start.entry
        with self._lock:
            said = self._said.pop(start.utterance.turn, None)
        if self._history is None or said is None or not (said.sound or self._settings.enabled):
            return None
        return self._history.begin(said.at, start.utterance.purpose, said.seconds, said.sound)

    def hear(self, event: Event) -> None:
        """An event of the stream."""
        if self._history is None:
            return
        if isinstance(event, TurnEnded) and event.outcome == "busy":
            self._refused(event)
        with self._lock:
            turn = self._turns.get(event.turn)
            if isinstance(event, TurnEnded):
                self._turns.pop(event.turn, None)
        with self._survives():
            if turn is not None:
                self._follow(self._history, turn, event)
            if turn is not None and isinstance(event, Matched):
                turn.intent = event.plugin, event.intent
            if self._settings.enabled and self._doings is not None:
                row, intent = (turn.row, turn.intent) if turn is not None else (None, ("", ""))
                self._doings.note(event, row, intent)

    def _refused(self, ended: TurnEnded) -> None:
        """It will not be worked on; its sound was recorded."""
        at, take = self._takes.pop(ended.turn, (0.0, None))
        if take is None or self._history is None:
            return
        with self._survives():
            take.close()
            row = self._history.begin(at, take.purpose, take.seconds, take.name)
            with self._lock:
                self._turns[ended.turn] = _Turn(row, take.purpose)

    def _follow(self, history: History, turn: _Turn, event: Event) -> None:
        match event:
            case FinalText() if self._settings.enabled:
                history.heard(turn.row, event.text, event.language, doubtful=not event.reliable)
                turn.heard = event.reliable
            case Typed() if self._settings.enabled:
                history.typed(turn.row, event.text, event.method, event.target, event.application)
            case Failed():
                turn.reason = event.message
            case TurnEnded():
                self._end(history, turn, event.outcome)

    def _end(self, history: History, turn: _Turn, outcome: str) -> None:
        rows = [turn.row, *turn.parts]
        with self._lock:
            self._live -= set(rows)
        if outcome == "nothing_said":
            self._remove(history.delete(rows))
            return
        fate = _fate(outcome, turn.purpose)
        reason = "" if fate == "delivered" else turn.reason or _REASONS.get(outcome, outcome)
        if fate == "delivered" or turn.heard:
            history.end(turn.row, fate, reason, turn.parts)
        else:  # each can be tried again by itself
            for row in rows:
                history.end(row, fate, reason)
        if fate != "delivered":
            return
        if not self._settings.enabled:
            self._remove(history.delete(rows))
        elif not self._settings.sound_hours:
            _silence(open_spool(), history, [entry for row in rows if (entry := history.entry(row)) is not None])

    def _remove(self, names: Sequence[str]) -> None:
        open_spool().remove(names)

    @contextlib.contextmanager
    def _survives(self) -> Iterator[None]:
        try:
            yield
        except (AihearError, OSError) as error:
            if self._stopping.is_set():
                return
            fault = error if isinstance(error, AihearError) else AihearError(str(error), "not_kept", "check the disk")
            if fault.code not in self._told:
                self._told.add(fault.code)
                self._tell_person(fault)

    # Time ---------------------------------------------------------------------------------------------------

    def _sweep(self) -> None:
        while True:
            if self._history is not None:
                with self._survives():
                    expire(open_spool(), self._history, self._settings)
            if self._stopping.wait(EXPIRE_EVERY_S):
                return


def _fate(outcome: str, purpose: Purpose) -> Outcome:
    """outcome: of the turn. A request that got an answer is done with, whatever the answer."""
    if outcome in ("failed", "busy"):
        return "failed"
    if outcome == "kept" or (outcome == "unreliable" and purpose == "dictate"):
        return "kept"
    return "delivered"
