"""A microphone through PyAudio, at the device's own rate, with an eye on whether sound still comes."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import DeviceError
from ..types import FRAME_SAMPLES, SAMPLE_RATE, Audio
from . import server
from .devices import BLOCK_S, Callback, Device, Opened, default_device, find, list_devices, open_input
from .portaudio import portaudio
from .resample import Framer, Resampler
from .ring import Ring

if TYPE_CHECKING:
    from ..settings import AudioSettings
    from ..types import Samples

_GO_ON = 0  # paContinue
_OVERFLOW = 2  # paInputOverflow: the device had more than PortAudio took
_FIRST_SOUND_S = 2.0  # a Bluetooth headset takes so long to deliver its first sound
_LOOK_AGAIN_S = 2.0  # how often the sound server is asked about zeros, or about a better device


class DeviceMicrophone:
    """Fulfils ports.Microphone. The audio clock goes on over `close` and `open`, counting delivered samples only.

    `open` prefers the device that the settings name. Once that has been open and has gone, it takes the default
    device instead, and `better_available` tells when the named one is back.
    """

    def __init__(self, settings: AudioSettings, clock: Callable[[], float] = time.monotonic) -> None:
        """clock: monotonic seconds; never used for the audio's own positions."""
        self._settings = settings
        self._clock = clock
        self._take: _Take | None = None
        self._framed: _Take | None = None  # the take that the framer is fed from
        self._framer = Framer()
        self._opened = threading.Event()
        self._stale = True  # PortAudio's list of devices may be out of date
        self._failed = False
        self._met = False  # the named device has been open
        self._wanted_back: _Asked | None = None  # asked for while the default device stands in for the named one
        self.name = settings.input_device or "default microphone"

    def open(self) -> None:
        """Raises DeviceError: no_microphone, unknown_device, device_busy, device_failed, device_stuck."""
        self.close()
        self._failed = True
        device = self._choose()
        take = _Take(device, self._settings, self._clock)
        self._met = self._met or self._wanted_back is None
        self.name = take.name
        self._stale = self._failed = False
        self._take = take
        self._opened.set()

    def read(self, timeout: float, at_once: int = 1) -> Audio | None:
        take = self._take
        if take is None:
            self._opened.wait(timeout)  # a closed microphone must not make the loop spin
            return None
        if take is not self._framed:
            self._framer.restart()
            self._framed = take
        deadline = self._clock() + timeout
        while (frame := self._framer.take()) is None:
            wanted = self._framer.missing + (at_once - 1) * FRAME_SAMPLES
            samples = take.read(wanted, max(0.0, deadline - self._clock()))
            if samples is None:
                return None
            self._framer.push(samples)
        return frame

    def take_dropped(self) -> float:
        take = self._take
        return take.take_dropped() if take is not None else 0.0

    def trouble(self) -> str | None:
        """stopped: the stream ended (no device left, server gone); stalled: no callbacks (device suspended);
        silent: exact zeros from a device that should have noise of its own (unplugged and moved, muted);
        failed: the last `open` raised. Frames go on while silent, so that it mends by itself.
        """
        take = self._take
        if take is None:
            return "failed" if self._failed else None
        return take.trouble()

    def better_available(self) -> bool:
        """The named device is back, while the default one stands in for it: close and open to return to it.

        Costs nothing but while fallen back; then the sound server is asked every 2 s, in the background. Without a
        sound server this stays False, as PortAudio finds devices only by ending all streams.
        """
        return self._wanted_back is not None and self._wanted_back.answer() is True

    def ended(self) -> bool:
        return False

    def close(self) -> None:
        take, self._take, self._framed = self._take, None, None
        self._opened.clear()
        self._failed = False
        if take is not None:
            # A device that was lost may come back under another number.
            self._stale = self._stale or take.trouble() is not None or self._wanted_back is not None
            take.close()

    def _choose(self) -> Device:
        wanted, fresh, self._stale = self._settings.input_device, self._stale, True
        if wanted:
            try:
                device = find(list_devices("input", fresh), wanted)
            except DeviceError as error:
                if error.code != "unknown_device" or not self._met:
                    raise
            else:
                self._wanted_back = None
                return device
            self._wanted_back = self._wanted_back or _Asked(self._clock, self._named_is_back)
        return default_device("input", fresh and not wanted)

    def _named_is_back(self) -> bool:
        wanted = self._settings.input_device.casefold()
        return any(wanted in f"{end.description}\n{end.name}".casefold() for end in server.endpoints("input"))


class _Take:
    """One opening of a device, until it is closed."""

    def __init__(self, device: Device, settings: AudioSettings, clock: Callable[[], float]) -> None:
        self._settings = settings
        self._clock = clock
        self._opened: Opened = open_input(device, self._listen)
        self._resampler = Resampler(self._opened.rate, self._opened.channels)
        self._zeros = 0  # values in a row, up to now
        self._home = server.recorded_by(os.getpid())
        self._lost: _Asked | None = None  # asked for while exact zeros come
        self.name = self._home.description if self._home is not None else device.name

    def _listen(self, rate: int, channels: int) -> Callback:
        ring = self._ring = Ring(round(self._settings.ring_s * rate) * channels)
        self._heard_at: float | None = None
        self._opened_at = self._clock()
        self._overflows = 0

        def hear(block: bytes, _count: int, _times: Any, status: int) -> tuple[None, int]:
            ring.write(np.frombuffer(block, np.float32))
            self._heard_at = self._clock()
            if status & _OVERFLOW:
                self._overflows += 1
            return None, _GO_ON

        return hear

    def read(self, samples: int, timeout: float) -> Samples | None:
        """Some sound at 16 kHz: about `samples`, or more where more waits. None where nothing came in time."""
        rate, channels = self._opened.rate, self._opened.channels
        values = self._ring.read(-(-samples * rate // SAMPLE_RATE) * channels, timeout)
        if values is None:
            return None
        self._zeros = 0 if values.any() else self._zeros + len(values)
        return self._resampler.push(values)

    def take_dropped(self) -> float:
        """Seconds; what the device itself lost is counted as a block each time, the least it can be."""
        overflows, self._overflows = self._overflows, 0
        return self._ring.take_dropped() / (self._opened.rate * self._opened.channels) + overflows * BLOCK_S

    def trouble(self) -> str | None:
        if not self._is_active():
            return "stopped"
        now = self._clock()
        if self._heard_at is None:
            return "stalled" if now - self._opened_at > _FIRST_SOUND_S else None
        if now - self._heard_at > self._settings.stalled_after_s:
            return "stalled"
        silent_for = self._zeros / (self._opened.rate * self._opened.channels)
        if silent_for < self._settings.silent_after_s:
            self._lost = None
            return None
        self._lost = self._lost or _Asked(self._clock, self._is_lost)
        return "silent" if self._lost.answer() else None

    def _is_active(self) -> bool:
        try:
            return bool(self._opened.stream.is_active())
        except OSError:
            return False

    def _is_lost(self) -> bool:
        """Exact zeros come: false where that is what an unmuted virtual source gives while nothing plays."""
        now = server.recorded_by(os.getpid())
        return now is None or self._home is None or now.name != self._home.name or not now.quiet

    def close(self) -> None:
        portaudio.close(self._opened.stream)


class _Asked:
    """A question too slow for the loop: asked in the background, every 2 s at most and only while wanted."""

    def __init__(self, clock: Callable[[], float], question: Callable[[], bool]) -> None:
        self._clock = clock
        self._question = question
        self._asked_at: float | None = None
        self._busy = False
        self._last: bool | None = None

    def answer(self) -> bool | None:
        """The newest answer there is; None before the first."""
        now = self._clock()
        if not self._busy and (self._asked_at is None or now - self._asked_at >= _LOOK_AGAIN_S):
            self._asked_at, self._busy = now, True
            threading.Thread(target=self._ask, name="sound-server", daemon=True).start()
        return self._last

    def _ask(self) -> None:
        try:
            self._last = self._question()
        finally:
            self._busy = False
