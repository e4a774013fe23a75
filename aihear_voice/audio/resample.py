"""From any rate and number of channels to the program's frames: 16 kHz, mono, FRAME_SAMPLES long."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..types import FRAME_SAMPLES, SAMPLE_RATE, Audio

if TYPE_CHECKING:
    from ..types import Samples


class Resampler:
    """Streaming; one per take, so that nothing of an earlier take rings on in the next."""

    def __init__(self, rate: int, channels: int) -> None:
        """rate: Hz of what comes in."""
        import soxr

        self._channels = channels
        # HQ holds back 21 ms at most and costs 0.05 % of a core; VHQ holds back nearly twice as much.
        self._stream = None if rate == SAMPLE_RATE else soxr.ResampleStream(rate, SAMPLE_RATE, 1, quality="HQ")

    def push(self, values: Samples, last: bool = False) -> Samples:
        """values: interleaved, shape (n * channels,). Returns mono at 16 kHz; `last` flushes what was held back."""
        mono = _mono(values, self._channels)
        if self._stream is None:
            return mono
        resampled: Samples = self._stream.resample_chunk(mono, last=last)
        return resampled


def _mono(values: Samples, channels: int) -> Samples:
    if channels == 1:
        return values
    table = values.reshape(-1, channels)
    if channels == 2:
        return (table[:, 0] + table[:, 1]) * np.float32(0.5)
    # Microphone arrays put the cleaned voice first, and among the rest there may be what the loudspeaker plays.
    return np.ascontiguousarray(table[:, 0])


class Framer:
    """Cuts a stream of samples into frames on the audio clock.

    The clock counts delivered samples and nothing else: it goes on over a lost device, and over `restart`.
    """

    def __init__(self) -> None:
        self._pending: list[Samples] = []
        self._count = 0
        self._delivered = 0

    @property
    def missing(self) -> int:
        """Samples that the next frame still needs."""
        return max(0, FRAME_SAMPLES - self._count)

    @property
    def delivered(self) -> int:
        """Samples that have left in frames."""
        return self._delivered

    @property
    def end_of_next(self) -> float:
        """Seconds on the audio clock."""
        return (self._delivered + FRAME_SAMPLES) / SAMPLE_RATE

    def push(self, samples: Samples) -> None:
        """samples: mono, 16 kHz."""
        if len(samples):
            self._pending.append(samples)
            self._count += len(samples)

    def take(self) -> Audio | None:
        """The next whole frame."""
        if self._count < FRAME_SAMPLES:
            return None
        joined = self._pending[0] if len(self._pending) == 1 else np.concatenate(self._pending)
        rest = joined[FRAME_SAMPLES:]
        self._pending = [rest] if len(rest) else []
        self._count = len(rest)
        frame = Audio(joined[:FRAME_SAMPLES], self._delivered / SAMPLE_RATE)
        self._delivered += FRAME_SAMPLES
        return frame

    def pad(self) -> None:
        """Fill what is left up to a frame with silence: the end of a file."""
        if self._count % FRAME_SAMPLES:
            self.push(np.zeros(FRAME_SAMPLES - self._count % FRAME_SAMPLES, np.float32))

    def restart(self) -> None:
        """A new take: what is left of the old one (less than a frame, if all were taken) is not joined to it."""
        self._pending = []
        self._count = 0
