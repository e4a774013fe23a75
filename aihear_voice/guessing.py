"""The thread that decodes while somebody still speaks or pauses: guesses of the whole, and partial text.

The recogniser does one thing at a time. So nothing waits here that is no longer wanted: a newer guess replaces
one that has not begun, and partial text is decoded only where nothing else waits and the model is fast enough.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from .errors import AihearError
from .events import Event, PartialText
from .messages import Guess, Preview, Speculate
from .recognition.partial import Agreement
from .types import Audio, Completeness, Follow, Match, Purpose, Transcript

log = logging.getLogger(__name__)
PARTIAL_SHARE = 0.25  # of the time, at most, goes to partial text
PARTIAL_WITHIN_S = 0.6  # where one takes longer to decode, it would keep what matters waiting
PARTIAL_REST_S = 10.0  # then it is tried again after so long
MAX_SETTLED = 8  # windows of one long utterance that may wait

Judge = Callable[[Transcript, Purpose, Follow | None], tuple[Match | None, Completeness]]


@dataclass(frozen=True)
class Parts:
    """What guesses are made with.

    transcribe: as ports.Recogniser does
    judge: what a text means and whether it can be all; own: whether a text is our own voice's
    answer: takes the guesses; emit: takes the events
    """

    transcribe: Callable[[Audio, Purpose, bool], Transcript]
    judge: Judge
    own: Callable[[str, Audio], bool]
    answer: Callable[[Guess], None]
    emit: Callable[[Event], None]


@dataclass
class _Asked:
    """A guess on its way. asked: monotonic seconds; at: on the audio clock"""

    what: Speculate
    asked: float
    at: float
    done: threading.Event = field(default_factory=threading.Event)
    guess: Guess | None = None


@dataclass(frozen=True)
class _Shown:
    """Partial text on its way. asked: monotonic seconds; at: on the audio clock"""

    what: Preview
    asked: float
    at: float


class Guesser:
    """`ask`, `preview` and `forget` return at once; `wait` is for the turn thread."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._changed = threading.Condition()
        self._next: _Asked | None = None
        self._running: _Asked | None = None
        self._settled: deque[_Shown] = deque()
        self._newest: _Shown | None = None
        self._computing = False
        self._stopped = False
        self._turn = 0  # whose partial text is shown
        self._over = 0  # turns up to it are
        self._agreement = Agreement()
        self._rest_until = 0.0  # seconds on the audio clock
        self._thread = threading.Thread(target=self._work, name="aihear-guess", daemon=True)

    def start(self) -> None:
        self._thread.start()

    @property
    def busy(self) -> bool:
        with self._changed:
            return bool(self._computing or self._next or self._settled or self._newest)

    def ask(self, what: Speculate, at: float) -> None:
        """at: seconds on the audio clock."""
        with self._changed:
            if self._next is not None:
                self._next.done.set()
            self._next = _Asked(what, time.monotonic(), at)
            self._changed.notify_all()

    def preview(self, what: Preview, at: float) -> None:
        with self._changed:
            if what.settled:
                if len(self._settled) < MAX_SETTLED:
                    self._settled.append(_Shown(what, time.monotonic(), at))
            elif self._next is None and not self._computing and at >= self._rest_until:
                self._newest = _Shown(what, time.monotonic(), at)
            self._changed.notify_all()

    def forget(self, turn: int, revision: int) -> None:
        """The utterance is over: what waits is not wanted any more, but for the guess of that number."""
        with self._changed:
            self._settled.clear()
            self._newest = None
            self._over = max(self._over, turn)
            if self._next is not None and self._next.what.revision != revision:
                self._next.done.set()
                self._next = None

    def wait(self, revision: int) -> Guess | None:
        """The guess of that number, as soon as it is there; None where there will be none."""
        with self._changed:
            asked = next((a for a in (self._running, self._next) if a and a.what.revision == revision), None)
        if asked is None:
            return None
        asked.done.wait()
        return asked.guess

    def stop(self, timeout: float) -> None:
        """Harmless where it was never started."""
        with self._changed:
            self._stopped = True
            if self._next is not None:
                self._next.done.set()
            self._changed.notify_all()
        if self._thread.is_alive():
            self._thread.join(timeout)

    def _work(self) -> None:
        while (job := self._take()) is not None:
            try:
                if isinstance(job, _Asked):
                    self._guess(job)
                else:
                    self._show(job)
            except AihearError as error:
                log.warning("%s", error.message)  # the turn decodes it itself, and tells what is wrong
            finally:
                if isinstance(job, _Asked):
                    job.done.set()
                with self._changed:
                    self._computing = False

    def _take(self) -> _Asked | _Shown | None:
        with self._changed:
            self._changed.wait_for(lambda: self._stopped or self._next or self._settled or self._newest)
            if self._stopped:
                return None
            self._computing = True
            if self._next is not None:
                self._running, self._next = self._next, None
                return self._running
            if self._settled:
                return self._settled.popleft()
            newest, self._newest = self._newest, None
            return newest

    def _guess(self, asked: _Asked) -> None:
        utterance, follow = asked.what.utterance, asked.what.follow
        # How sure it is of each word tells what was said from what would only have come next.
        transcript = self._parts.transcribe(utterance.audio, utterance.purpose, utterance.purpose == "assist")
        match, state = self._parts.judge(transcript, utterance.purpose, follow)
        if transcript.text and self._parts.own(asked.what.added(transcript.text), asked.what.fresh):
            match, state = None, "open"
        ready = asked.at + time.monotonic() - asked.asked
        guess = Guess(utterance.turn, asked.what.revision, transcript, match, state, ready)
        asked.guess = guess
        self._parts.answer(guess)

    def _show(self, shown: _Shown) -> None:
        preview, began = shown.what, time.monotonic()
        transcript = self._parts.transcribe(preview.audio, preview.purpose, False)
        took = time.monotonic() - began
        rest = took / PARTIAL_SHARE if took <= PARTIAL_WITHIN_S else PARTIAL_REST_S
        self._rest_until = shown.at + rest
        if preview.settled:
            self._follow(preview.turn).settle(transcript.text)
        elif transcript.text and transcript.reliable and not self._parts.own(transcript.text, preview.audio):
            self._follow(preview.turn).hear(transcript.text)
        else:
            return
        self._tell(preview.turn, shown.at + time.monotonic() - shown.asked)

    def _follow(self, turn: int) -> Agreement:
        if turn != self._turn:
            self._turn, self._agreement = turn, Agreement()
        return self._agreement

    def _tell(self, turn: int, at: float) -> None:
        with self._changed:
            if turn <= self._over:
                return
        committed, tentative = self._agreement.committed, self._agreement.tentative
        self._parts.emit(
            PartialText(text=committed + tentative, committed=committed, tentative=tentative, turn=turn, at=at)
        )
