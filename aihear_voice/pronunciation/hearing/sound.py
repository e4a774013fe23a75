"""What the sound itself tells, without any recogniser: how loud, how steady, where the pauses are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...types import SAMPLE_RATE, Audio

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Levels = NDArray[np.float64]  # shape (n,)

SILENT = -60.0  # dB: below it nothing was recorded
STEADY = 6.0  # dB of contrast: below it the sound is noise (white noise 1, speech at 10 dB over noise above 10)
_STEP = SAMPLE_RATE // 100  # 10 ms
_SMOOTH = 3  # steps
_LOW = 64  # samples of a running mean
_SHORTEST_PAUSE = 20  # steps: 0.2 s; shorter gaps are the closures of plosives
_LOUD_STEPS = 20  # the loudest 0.2 s stand for the level of the voice


@dataclass(frozen=True, slots=True)
class Sound:
    """level: of the loudest 0.2 s, dB below full scale (-120 is digital silence)
    contrast: dB between the loudest 0.2 s and the quietest tenth; steady noise has next to none
    speaking: seconds from the first to the last sound; pauses: seconds within of 0.2 s and longer
    """

    level: float
    contrast: float
    speaking: float
    pauses: float


def measure(audio: Audio) -> Sound:
    import numpy as np

    if len(audio.samples) < _STEP * _SMOOTH:
        return Sound(-120.0, 0.0, 0.0, 0.0)
    samples = audio.samples.astype(np.float64)
    # Hum and rumble, which swing slowly, must not pass for a voice.
    clear = _levels(_without_lows(_without_lows(samples)))
    contrast = _loudest(clear) - float(np.percentile(clear, 10))
    return Sound(_loudest(_levels(samples)), contrast, *_pauses(_levels(samples)))


def _without_lows(samples: Levels) -> Levels:
    """Less what is below some 110 Hz."""
    import numpy as np

    return samples - np.convolve(samples, np.ones(_LOW) / _LOW, "same")


def _levels(samples: Levels) -> Levels:
    """dB of each 10 ms, smoothed."""
    import numpy as np

    steps = len(samples) // _STEP
    power = np.square(samples[: steps * _STEP]).reshape(steps, _STEP).mean(axis=1)
    smooth = np.convolve(power, np.ones(_SMOOTH) / _SMOOTH, "same")
    decibel: Levels = 10 * np.log10(smooth + 1e-12)
    return decibel


def _loudest(levels: Levels) -> float:
    import numpy as np

    return float(np.sort(levels)[-_LOUD_STEPS:].mean())


def _pauses(levels: Levels) -> tuple[float, float]:
    """(speaking, pauses) in seconds."""
    import numpy as np

    quiet, top = np.percentile(levels, 10), np.percentile(levels, 95)
    # 10 dB over the room, but neither nearer than 12 dB to the voice nor further than 30 dB below it.
    active = np.flatnonzero(levels > max(min(quiet + 10, top - 12), top - 30))
    if not len(active):
        return 0.0, 0.0
    gaps = np.diff(active) - 1
    return float(active[-1] - active[0] + 1) / 100, float(gaps[gaps >= _SHORTEST_PAUSE].sum()) / 100
