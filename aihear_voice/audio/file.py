"""Recordings: decoding anything that FFmpeg knows, and a file in the microphone's place."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..errors import DeviceError
from ..types import FRAME_SECONDS, SAMPLE_RATE, Audio
from .resample import Framer

if TYPE_CHECKING:
    import av
    from av.container import InputContainer

    from ..types import Samples

_LATE_START_S = 0.02  # a sound track that begins so much after its video is late; less is a codec's own delay


class FileMicrophone:
    """Fulfils ports.Microphone with a recording, as fast as it is read, or in real time.

    Closed and opened again it goes on where it was, as its clock does.
    """

    def __init__(
        self,
        source: Path | str | Samples,
        realtime: bool = False,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """source: a file, or float32 samples of shape (n,), 16 kHz; clock, sleep: pace a recording in real time."""
        self._source = source
        self._realtime = realtime
        self._clock = clock
        self._sleep = sleep
        self._framer = Framer()
        self._blocks: Iterator[Samples] | None = None
        self._ended = False
        self._origin = 0.0  # the clock's time at which the recording began
        self.name = "samples" if isinstance(source, np.ndarray) else Path(source).name

    def open(self) -> None:
        """Raises DeviceError: no_such_file, unreadable_file, empty_file, not_audio."""
        self.close()
        if self._ended:
            return
        delivered = self._framer.delivered
        self._framer.restart()
        blocks = iter((self._source,)) if isinstance(self._source, np.ndarray) else _blocks(Path(self._source))
        self._blocks = _skip(blocks, delivered)
        self._origin = self._clock() - delivered / SAMPLE_RATE
        self._fill()

    def read(self, timeout: float, at_once: int = 1) -> Audio | None:
        if self._blocks is None or self._ended or (self._realtime and not self._due(timeout, at_once)):
            return None
        frame = self._framer.take()
        self._fill()
        return frame

    def take_dropped(self) -> float:
        return 0.0

    def better_available(self) -> bool:
        return False

    def trouble(self) -> str | None:
        return None

    def ended(self) -> bool:
        return self._ended

    def close(self) -> None:
        self._blocks = None

    def _fill(self) -> None:
        """Have the next frame ready, so that `ended` is true as soon as the last one has been read."""
        assert self._blocks is not None
        while self._framer.missing:
            block = next(self._blocks, None)
            if block is None:
                self._framer.pad()
                self._ended = self._framer.missing > 0
                return
            self._framer.push(block)

    def _due(self, timeout: float, at_once: int) -> bool:
        """Waits until the next frame has been spoken to its end; and so many of them, where it waits at all."""
        wait = self._origin + self._framer.end_of_next - self._clock()
        if wait > 0:
            wait += (at_once - 1) * FRAME_SECONDS
        if wait > 0:
            self._sleep(min(wait, timeout))
        return wait <= timeout


def decode(path: Path | str) -> Audio:
    """A whole recording: 230 MB of memory an hour. Raises DeviceError as FileMicrophone.open does."""
    return Audio(np.concatenate(list(_blocks(Path(path)))))


def decode_blocks(path: Path | str, seconds: float) -> Iterator[Audio]:
    """A recording in pieces of `seconds` (the last one shorter), so that its length does not matter.

    Raises DeviceError as FileMicrophone.open does, at the first piece.
    """
    size, start = round(seconds * SAMPLE_RATE), 0
    waiting: list[Samples] = []
    count = 0
    for block in _blocks(Path(path)):
        waiting.append(block)
        count += len(block)
        while count >= size:
            joined = np.concatenate(waiting)
            yield Audio(joined[:size], start / SAMPLE_RATE)
            start, waiting, count = start + size, [joined[size:]], count - size
    if count:
        yield Audio(np.concatenate(waiting), start / SAMPLE_RATE)


def _skip(blocks: Iterator[Samples], samples: int) -> Iterator[Samples]:
    for block in blocks:
        left = block[samples:]
        samples -= len(block) - len(left)
        if len(left):
            yield left


def _blocks(path: Path) -> Iterator[Samples]:
    """16 kHz mono, a packet at a time. What stands before damage in a file is delivered; nothing at all is an error."""
    import av

    _check(path)
    any_sound = False
    try:
        # A playlist may name addresses in the network: only files are opened. "file:" because of colons in names.
        with av.open(f"file:{path}", options={"protocol_whitelist": "file"}) as container:
            for block in _resampled(container):
                any_sound = any_sound or len(block) > 0
                yield block
    except (av.FFmpegError, IndexError, ValueError) as error:
        if not any_sound:
            raise _not_audio(path) from error
    if not any_sound:
        raise _not_audio(path)


def _check(path: Path) -> None:
    if not path.exists():
        raise DeviceError(f"{path} does not exist", "no_such_file", "check the path")
    if path.is_dir():
        raise DeviceError(f"{path} is a folder", "not_audio", "name a recording in it")
    if not os.access(path, os.R_OK):
        raise DeviceError(f"{path} may not be read", "unreadable_file", "check its rights")
    if path.is_file() and path.stat().st_size == 0:  # a pipe has no size, and must not be tasted
        raise DeviceError(f"{path} is empty", "empty_file", "record it again")


def _not_audio(path: Path) -> DeviceError:
    hint = "give a recording (wav, flac, mp3, ogg, m4a, a video, ...); a broken copy or download looks like this too"
    return DeviceError(f"{path} holds no sound that can be decoded", "not_audio", hint)


def _resampled(container: InputContainer) -> Iterator[Samples]:
    """Raises IndexError where there is no sound track."""
    import av

    stream = container.streams.audio[0]
    yield np.zeros(_late_start(container, stream), np.float32)
    resampler, form = _resampler(), ("", "", 0)
    for packet in container.demux(stream):
        try:
            frames = packet.decode()
        except av.InvalidDataError:  # damage: FFmpeg goes on behind it, and so do we
            continue
        for frame in frames:
            last, form = form, (frame.format.name, frame.layout.name, frame.sample_rate)
            if form != last and last[2]:  # a resampler keeps to the form of its first frame
                yield from _values(resampler.resample(None))
                resampler = _resampler()
            frame.pts = None  # gaps and jumps in a file's times are not ours to mend
            yield from _values(resampler.resample(frame))
    if form[2]:
        yield from _values(resampler.resample(None))


def _resampler() -> av.AudioResampler:
    """To 16 bit, as Whisper's own loader does: to float, FFmpeg makes mono of stereo 3 dB too loud."""
    import av

    return av.AudioResampler("s16", "mono", SAMPLE_RATE)


def _late_start(container: InputContainer, stream: av.AudioStream) -> int:
    """Samples of silence before the sound of a video, so that captions keep its time."""
    import av

    if stream.start_time is None or stream.time_base is None or container.start_time is None:
        return 0
    late = float(stream.start_time * stream.time_base) - container.start_time / av.time_base
    return round(late * SAMPLE_RATE) if late > _LATE_START_S else 0


def _values(frames: list[av.AudioFrame]) -> Iterator[Samples]:
    for frame in frames:
        yield frame.to_ndarray()[0].astype(np.float32) / np.float32(32768)
