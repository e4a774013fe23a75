"""Playing sound so that it can be stopped at once: PortAudio in callback mode."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from ..errors import DeviceError
from ..settings import AudioSettings
from ..types import SAMPLE_RATE
from .reference import Passage, Reference

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

BLOCK_S = 0.05  # what the callback hands over at a time; with 10 ms, a busy computer stutters
STALLED_S = 1.0  # a loudspeaker that asks for no sound for so long has failed
POLL_S = 0.01
SERVER = "pulse"  # PortAudio's name for the whole sound server
DRAIN_S = (
    4 * BLOCK_S
)  # of silence at the end: a stream that completes loses its last two blocks in ALSA's PulseAudio plugin


class Sink(Protocol):
    """A loudspeaker as the sound server knows it; PortAudio sees the whole server as one device."""

    @property
    def name(self) -> str: ...

    @property
    def description(self) -> str: ...


def _no_sinks() -> Sequence[Sink]:
    return ()


class SpeakerPlayer:
    """Fulfils ports.Player. One sound at a time: a second caller waits for the first to end.

    portaudio: gives the program's PyAudio object; asked anew for each sound, because it is made anew after a
        device was lost
    sinks: the sound server's loudspeakers, which audio.output_device may name too
    """

    def __init__(
        self,
        settings: AudioSettings,
        reference: Reference,
        portaudio: Callable[[], Any],
        sinks: Callable[[], Sequence[Sink]] = _no_sinks,
    ) -> None:
        self._settings = settings
        self._reference = reference
        self._portaudio = portaudio
        self._sinks = sinks
        self._turnstile = threading.Lock()
        self._stops = 0

    def play(self, samples: NDArray[np.float32], rate: int, text: str = "") -> bool:
        """Blocks until the last sample has been heard; False where it was stopped. Raises DeviceError.

        samples: float32, shape (n,), full scale ±1; rate in Hz; text: what is said in it, for the echo guard
        """
        stops = self._stops
        with self._turnstile:
            if self._stops != stops or not len(samples):
                return self._stops == stops
            sound = _Sound(samples, rate, text, self._reference, lambda: self._stops != stops)
            self._run(sound)
            return sound.finished

    def stop(self) -> None:
        """Silent within 200 ms, also what waits to be played. From any thread."""
        self._stops += 1

    def close(self) -> None:
        self.stop()

    def _run(self, sound: _Sound) -> None:
        pa = self._portaudio()
        device, sink = find_output(pa, self._settings.output_device, self._sinks)
        try:
            with _asking_for(sink):
                stream = sound.open(pa, device)
        except OSError as error:
            raise _failed(device["name"], str(error)) from error
        sound.opened()
        try:
            while stream.is_active() and not sound.stopped():
                if sound.stalled():
                    raise _failed(device["name"], "it takes no sound")
                time.sleep(POLL_S)
        except OSError as error:
            raise _failed(device["name"], str(error)) from error
        finally:
            stream.close()
            sound.end()
        if not (sound.finished or sound.stopped()):
            raise _failed(device["name"], "it stopped")


class _Sound:
    """One sound on its way to the loudspeaker; `_fill` runs in PortAudio's thread."""

    def __init__(
        self,
        samples: NDArray[np.float32],
        rate: int,
        text: str,
        reference: Reference,
        stopped: Callable[[], bool],
    ) -> None:
        self._source, self._rate, self._text = samples, rate, text
        self._reference = reference
        self.stopped = stopped
        self._position = 0
        self._asked = 0.0
        self._passage: Passage | None = None
        self.finished = False

    def open(self, pa: Any, device: Mapping[str, Any]) -> Any:
        """The running stream. Raises OSError."""
        import numpy as np
        import pyaudio
        import soxr

        self._device_rate = int(device["defaultSampleRate"])
        channels = min(2, int(device["maxOutputChannels"]))  # many a card takes two channels and nothing else
        sound = np.clip(soxr.resample(self._source, self._rate, self._device_rate), -1, 1).astype(np.float32)
        drain = np.zeros(int(DRAIN_S * self._device_rate), np.float32)
        self._blocks = np.repeat(np.concatenate((sound, drain))[:, None], channels, axis=1)
        self._heard = np.asarray(soxr.resample(self._source, self._rate, SAMPLE_RATE), np.float32)
        self._actions = (pyaudio.paContinue, pyaudio.paComplete, pyaudio.paAbort)
        return pa.open(
            rate=self._device_rate,
            channels=channels,
            format=pyaudio.paFloat32,
            output=True,
            output_device_index=device["index"],
            frames_per_buffer=int(self._device_rate * BLOCK_S),
            stream_callback=self._fill,
        )

    def _fill(self, _in: object, count: int, _times: object, _status: int) -> tuple[bytes, int]:
        go_on, complete, abort = self._actions
        self._asked = time.monotonic()
        if self.stopped():
            return bytes(count * self._blocks.shape[1] * 4), abort
        if self._passage is None:
            self._passage = self._reference.begin(self._heard, self._text)
        block = self._blocks[self._position : self._position + count]
        self._position += len(block)
        self._passage.played = min(self._position * SAMPLE_RATE // self._device_rate, len(self._heard))
        if len(block) == count:
            return block.tobytes(), go_on
        self.finished = True
        return block.tobytes() + bytes((count - len(block)) * block.shape[1] * 4), complete

    def opened(self) -> None:
        """From now on it has to ask for sound."""
        self._asked = time.monotonic()

    def stalled(self) -> bool:
        return time.monotonic() - self._asked > STALLED_S

    def end(self) -> None:
        """The stream is closed: what it had been handed but had no time to play will not be heard."""
        if self._passage is not None:
            heard = round((self._reference.clock() - self._passage.start) * SAMPLE_RATE)
            self._passage.played = min(self._passage.played, heard)
            self._passage.over = True


def find_output(pa: Any, name: str, sinks: Callable[[], Sequence[Sink]]) -> tuple[Mapping[str, Any], str]:
    """The loudspeaker whose name contains `name`, "" for the system's; and the sound server's name for it, or "".

    Raises DeviceError.
    """
    if not name:
        return _default(pa), ""
    known = [dict(pa.get_device_info_by_index(index)) for index in range(pa.get_device_count())]
    outputs = {str(device["name"]): device for device in known if device["maxOutputChannels"] > 0}
    served = sinks() if SERVER in outputs else ()
    for sink in served:
        if name.casefold() in f"{sink.description}\n{sink.name}".casefold():
            return outputs[SERVER], sink.name
    for title, device in outputs.items():
        if name.casefold() in title.casefold():
            return device, ""
    names = ", ".join([sink.description for sink in served] + list(outputs)) or "none"
    raise DeviceError(f"no loudspeaker is named {name}", "no_loudspeaker", f"audio.output_device: there are {names}")


def _default(pa: Any) -> Mapping[str, Any]:
    try:
        return dict(pa.get_default_output_device_info())
    except OSError as error:
        hint = "connect one, or start the sound server; answers are shown all the same"
        raise DeviceError("there is no loudspeaker", "no_loudspeaker", hint) from error


@contextlib.contextmanager
def _asking_for(sink: str) -> Iterator[None]:
    """libpulse reads the wanted sink from the environment when a stream is opened; there is no other way in."""
    before = os.environ.get("PULSE_SINK")
    if sink:
        os.environ["PULSE_SINK"] = sink
    try:
        yield
    finally:
        if sink:
            os.environ.pop("PULSE_SINK", None)
            if before is not None:
                os.environ["PULSE_SINK"] = before


def _failed(name: str, why: str) -> DeviceError:
    return DeviceError(f"the loudspeaker {name} failed: {why}", "loudspeaker_failed", "check that it is connected")
