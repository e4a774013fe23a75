"""A microphone that is looked after: lost devices are announced, tried again, and come back by themselves."""

from __future__ import annotations

import threading
from collections.abc import Callable

from ..errors import AihearError
from ..events import AudioDropped, DeviceBack, DeviceLost, Event
from ..ports import Microphone
from ..settings import AudioSettings
from ..types import Audio

LOOK_EVERY_S = 2.0  # whether a better device is there again
SELF_HEALING_S = 1.0  # a suspended source, or one that moved, resumes by itself: first wait so long


class WatchedMicrophone:
    """Owned by the loop thread. Reopening may block for seconds, so it runs on a thread of its own.

    tell: takes the events DeviceLost, DeviceBack, AudioDropped
    clock: monotonic seconds; frames cannot be counted when none come
    """

    def __init__(
        self, microphone: Microphone, settings: AudioSettings, tell: Callable[[Event], None], clock: Callable[[], float]
    ) -> None:
        self._microphone = microphone
        self._settings = settings
        self._tell = tell
        self._clock = clock
        self._lost_since: float | None = None
        self._retry_at = 0.0
        self._look_at = clock() + LOOK_EVERY_S
        self._reopening: threading.Thread | None = None
        self.muted = False

    @property
    def name(self) -> str:
        return self._microphone.name

    def open(self) -> None:
        """Raises DeviceError."""
        self._microphone.open()

    def read(self, timeout: float, at_once: int = 1) -> Audio | None:
        """The next frame; None where none came in time, as while muted or lost."""
        if self.muted or self._is_reopening():
            threading.Event().wait(timeout)
            return None
        frame = self._microphone.read(timeout, at_once)
        self._watch(frame)
        return frame

    def ended(self) -> bool:
        return self._microphone.ended()

    def mute(self, muted: bool) -> None:
        """Muting closes the device."""
        if muted == self.muted:
            return
        self.muted = muted
        self._wait_for_reopening()
        if muted:
            self._microphone.close()
            self._lost_since = None
        else:
            self._reopen()

    def close(self) -> None:
        self._wait_for_reopening()
        self._microphone.close()

    def _watch(self, frame: Audio | None) -> None:
        dropped = self._microphone.take_dropped()
        if dropped > 0:
            self._tell(AudioDropped(seconds=round(dropped, 3)))
        if self._microphone.ended():
            return
        trouble = self._microphone.trouble()
        if trouble is None:
            if frame is not None:
                self._found()
                self._prefer()
        elif self._lost_since is None:
            self._lost_since = self._clock()
            self._retry_at = self._lost_since + (0.0 if trouble in ("stopped", "failed") else SELF_HEALING_S)
            self._tell(DeviceLost(device=self.name, reason=trouble))
        elif trouble != "silent" and self._clock() >= self._retry_at:
            # Silence is no reason to reopen: the stream runs, and what it was moved from comes back into it.
            self._start_reopening()

    def _found(self) -> None:
        if self._lost_since is not None:
            self._lost_since = None
            self._tell(DeviceBack(device=self.name))

    def _prefer(self) -> None:
        """Go back to the device that was asked for, once it is there again."""
        if self._clock() >= self._look_at:
            self._look_at = self._clock() + LOOK_EVERY_S
            if self._microphone.better_available():
                self._start_reopening()

    def _is_reopening(self) -> bool:
        return self._reopening is not None and self._reopening.is_alive()

    def _start_reopening(self) -> None:
        self._reopening = threading.Thread(target=self._reopen, name="aihear-reopen", daemon=True)
        self._reopening.start()

    def _reopen(self) -> None:
        try:
            self._microphone.close()
            self._microphone.open()
        except AihearError:
            if self._lost_since is None:
                self._lost_since = self._clock()
                self._tell(DeviceLost(device=self.name, reason="failed"))
        self._retry_at = self._clock() + self._settings.retry_s

    def _wait_for_reopening(self) -> None:
        if self._reopening is not None:
            self._reopening.join(timeout=5.0)
            self._reopening = None
