"""What recognition does to sound before any model sees it. numpy only; samples are float32, shape (n,), 16 kHz."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..types import SAMPLE_RATE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ..types import Samples

_FRAME = 480  # 30 ms: shorter than a syllable, longer than a period of any voice
LEVEL = 0.2  # RMS that the loud frames are brought to; a close voice in a good recording
MAX_GAIN = 300.0  # a microphone turned down to -50 dB still works; converter noise stays noise
NOTHING = 5e-5  # RMS below which there is no more than a converter's last bit
STEADY_DB = 2.0  # speech moves further than this even in noise as loud as itself


def level(samples: Samples) -> float:
    """RMS of the loud frames: the 95th percentile, which a few clicks do not move."""
    return float(np.percentile(np.sqrt(_powers(samples)), 95)) if len(samples) else 0.0


def normalise(samples: Samples) -> Samples:
    """To LEVEL. Measured: a request at a peak of 0.03 and less is right in 43 % as it is, in 92 % so."""
    gain = min(MAX_GAIN, LEVEL / max(level(samples), 1e-9))
    return (samples * np.float32(gain)).astype(np.float32)


def is_still(samples: Samples) -> bool:
    """True where nobody can have spoken: nothing at all, or a sound that never changes (hiss, hum, a whistle).

    Voices move by several dB from frame to frame. Two views of the sound are taken, one that favours high
    and one that favours middle frequencies, and both must stand still: white noise hides speech in the one,
    rumble in the other.
    """
    if level(samples) < NOTHING:
        return True
    if len(samples) < 3 * _FRAME:
        return False
    spectrum = np.fft.rfft(samples)
    hertz = np.fft.rfftfreq(len(samples), 1 / SAMPLE_RATE)
    views = (spectrum * np.where(hertz > 100, hertz, 0.0), spectrum * ((hertz > 200) & (hertz < 4000)))
    return all(_movement_db(np.fft.irfft(view, len(samples))) < STEADY_DB for view in views)


def cut(samples: Samples, longest: float, earliest: float) -> int:
    """The sample at which to part a long recording: the quietest 0.3 s between `earliest` and `longest` seconds."""
    end = round(longest * SAMPLE_RATE)
    if len(samples) <= end:
        return len(samples)
    begin = round(earliest * SAMPLE_RATE)
    powers = np.convolve(_powers(samples[begin:end]), np.ones(10), mode="valid")
    return begin + (int(np.argmin(powers)) + 5) * _FRAME


def _powers(samples: NDArray[np.floating]) -> NDArray[np.float64]:
    """Mean square of each frame of 30 ms; of all of it where it is shorter."""
    count = max(1, len(samples) // _FRAME)
    frames = samples[: count * _FRAME].reshape(count, -1)
    powers: NDArray[np.float64] = np.mean(np.square(frames, dtype=np.float64), axis=1)
    return powers


def _movement_db(samples: NDArray[np.floating]) -> float:
    low, high = np.percentile(10 * np.log10(_powers(samples) + 1e-30), (10, 95))
    return float(high - low)
