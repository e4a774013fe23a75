"""The turn thread: one turn at a time, in order. Waiting pieces of dictation are merged, never refused."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from .messages import StartTurn
from .plugin.alarms import Alarm
from .types import SAMPLE_RATE, Audio, Utterance

MERGED_SECONDS = 30.0  # Whisper's window
GAP_SECONDS = 0.3  # of silence between merged pieces, so that their words do not run together


@dataclass(frozen=True, slots=True)
class Job:
    """A turn to do, or an alarm that is due.

    cause: seconds on the audio clock at which it was ready
    window: the number of the one that was focused when it was begun to be spoken; 0 where that is not known
    """

    cause: float
    start: StartTurn | None = None
    alarm: Alarm | None = None
    window: int = 0


class TurnThread:
    """run: does the jobs that are handed over together (several only for dictation)."""

    def __init__(self, run: Callable[[Sequence[Job]], None], first: Callable[[], None]) -> None:
        self._run = run
        self._first = first
        self._jobs: queue.Queue[Job | None] = queue.Queue()
        self._next: Job | None = None
        self._unfinished = 1  # `first`
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._work, name="aihear-turn", daemon=True)

    def start(self) -> None:
        """`first` runs before any job: the model is warmed while the microphone already listens."""
        self._thread.start()

    def put(self, job: Job) -> None:
        with self._lock:
            self._unfinished += 1
        self._jobs.put(job)

    @property
    def busy(self) -> bool:
        """Also while `first` runs."""
        with self._lock:
            return self._unfinished > 0

    def stop(self, timeout: float) -> None:
        """Harmless where it was never started."""
        self._jobs.put(None)
        if self._thread.is_alive():
            self._thread.join(timeout)

    def _work(self) -> None:
        self._first()
        self._finished(1)
        while (job := self._take()) is not None:
            jobs = [job, *self._mergeable(job)]
            try:
                self._run(jobs)
            finally:
                self._finished(len(jobs))

    def _finished(self, count: int) -> None:
        with self._lock:
            self._unfinished -= count

    def _take(self) -> Job | None:
        waiting, self._next = self._next, None
        return waiting or self._jobs.get()

    def _mergeable(self, job: Job) -> list[Job]:
        """The dictated pieces for the same window that wait right behind this one, up to what Whisper sees at once."""
        merged: list[Job] = []
        seconds = _dictated_seconds(job)
        while seconds is not None and not self._jobs.empty():
            following = self._jobs.get()
            more = None if following is None else _dictated_seconds(following)
            elsewhere = following is not None and following.window != job.window
            if following is None or more is None or elsewhere or seconds + more + GAP_SECONDS > MERGED_SECONDS:
                if following is None:
                    self._jobs.put(None)
                self._next = following
                break
            seconds += more + GAP_SECONDS
            merged.append(following)
        return merged


def _dictated_seconds(job: Job) -> float | None:
    """None for what cannot be merged: no dictation, or its text is there already."""
    if job.start is None or job.start.utterance.purpose != "dictate" or job.start.guess is not None:
        return None
    return job.start.utterance.audio.duration


def merge(utterances: Sequence[Utterance]) -> Utterance:
    """One utterance of several, with a little silence between them; the last one's turn stands for all."""
    if len(utterances) == 1:
        return utterances[0]
    gap = np.zeros(round(GAP_SECONDS * SAMPLE_RATE), np.float32)
    pieces = [part for utterance in utterances for part in (utterance.audio.samples, gap)][:-1]
    return replace(utterances[-1], audio=Audio(np.concatenate(pieces), utterances[0].audio.start))
