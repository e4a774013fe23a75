"""Mel cepstra as CMU Sphinx computes them, for the acoustic model that was trained on those.

The same numbers as PocketSphinx's own front end with the model's `feat.params` (tests compare them): 25 mel
bands from 130 to 6800 Hz, noise reduction, 13 cepstra each 10 ms, the recording's mean subtracted, and
first and second differences beside them.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from ...types import SAMPLE_RATE

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Matrix = NDArray[np.float32]  # shape (frames, n)

STEP = SAMPLE_RATE // 100  # samples from frame to frame: 10 ms
_WINDOW = 410  # samples: 25.6 ms
_FFT = 512
_PREEMPHASIS = 0.97
_LOWEST, _HIGHEST, _BANDS = 130.0, 6800.0, 25  # Hz
_CEPSTRA, _LIFTER = 13, 22
_LOG_FLOOR = 1e-4
_FULL_SCALE = 32768.0  # Sphinx counts in 16-bit steps

# Noise reduction after Kim and Stern's power-normalised cepstra, with Sphinx's constants.
_POWER, _RISE, _FALL = 0.7, 0.995, 0.5  # smoothing of the power; of the noise floor, upwards and downwards
_MASK, _MASKED = 0.85, 0.2  # decay of a peak, and what is left of the sound that it masks
_GAIN = 20.0  # largest, and one over the smallest
_AROUND = 4  # bands


def cepstra(samples: NDArray[np.float32]) -> Matrix:
    """samples: float32 16 kHz. Shape (frames, 13), not normalised."""
    import numpy as np

    bands = _denoised(mel_power(samples))
    logs = np.log(bands + _LOG_FLOOR)
    return (logs @ _cosines()).astype(np.float32)


def features(samples: NDArray[np.float32]) -> Matrix:
    """Shape (frames, 39): cepstra less their mean, differences, second differences."""
    import numpy as np

    plain = cepstra(samples)
    plain = plain - plain.mean(axis=0)
    wide = np.concatenate([plain[:1]] * 3 + [plain] + [plain[-1:]] * 3)

    def at(offset: int) -> Matrix:
        return wide[3 + offset : 3 + offset + len(plain)]

    second = (at(3) - at(-1)) - (at(1) - at(-3))
    return np.hstack([plain, at(2) - at(-2), second]).astype(np.float32)


def mel_power(samples: NDArray[np.float32]) -> NDArray[np.float64]:
    """Shape (frames, 25); a recording shorter than a frame is filled up with zeros."""
    import numpy as np

    wave = samples.astype(np.float64) * _FULL_SCALE
    if len(wave) < _WINDOW:
        wave = np.pad(wave, (0, _WINDOW - len(wave)))
    wave = np.append(wave[0], wave[1:] - _PREEMPHASIS * wave[:-1])
    frames = np.lib.stride_tricks.sliding_window_view(wave, _WINDOW)[::STEP]
    spectrum = np.fft.rfft(frames * np.hamming(_WINDOW), _FFT)
    power: NDArray[np.float64] = (spectrum.real**2 + spectrum.imag**2) @ _filters()
    return power


@cache
def _filters() -> NDArray[np.float64]:
    """Triangles of area one whose corners lie on bins. Shape (257, 25)."""
    import numpy as np

    bin_width = SAMPLE_RATE / _FFT
    low, high = (2595 * np.log10(1 + hertz / 700) for hertz in (_LOWEST, _HIGHEST))
    corners = 700 * (10 ** (np.linspace(low, high, _BANDS + 2) / 2595) - 1)
    corners = np.floor(corners / bin_width + 0.5) * bin_width
    bins = np.arange(_FFT // 2 + 1)[:, None] * bin_width
    left, middle, right = corners[:-2], corners[1:-1], corners[2:]
    shape = np.minimum((bins - left) / (middle - left), (right - bins) / (right - middle))
    filters: NDArray[np.float64] = np.maximum(shape, 0) * 2 / (right - left)
    return filters


@cache
def _cosines() -> NDArray[np.float64]:
    """The orthonormal cosine transform and the lifter. Shape (25, 13)."""
    import numpy as np

    order, band = np.arange(_CEPSTRA), np.arange(_BANDS)[:, None]
    cosines = np.cos(np.pi / _BANDS * order * (band + 0.5)) * np.sqrt(2 / _BANDS)
    cosines[:, 0] /= np.sqrt(2)
    lifted: NDArray[np.float64] = cosines * (1 + _LIFTER / 2 * np.sin(order * np.pi / _LIFTER))
    return lifted


def _denoised(bands: NDArray[np.float64]) -> NDArray[np.float64]:
    import numpy as np

    gains = np.empty_like(bands)
    power, noise, floor, peak = bands[0], bands[0] / _GAIN, bands[0] / _GAIN, np.zeros(bands.shape[1])
    for index, frame in enumerate(bands):
        power = _POWER * power + (1 - _POWER) * frame
        noise = _envelope(power, noise)
        signal = np.maximum(power - noise, 1.0)
        floor = _envelope(signal, floor)
        decayed = peak * _MASK
        masked = np.where(signal < _MASK * decayed, decayed * _MASKED, signal)
        peak = np.maximum(decayed, signal)
        signal = np.maximum(masked, floor)
        gains[index] = np.clip(signal / np.maximum(power, 1e-10), 1 / _GAIN, _GAIN)
    return bands * (gains @ _neighbours())


def _envelope(values: NDArray[np.float64], envelope: NDArray[np.float64]) -> NDArray[np.float64]:
    import numpy as np

    rate = np.where(values >= envelope, _RISE, _FALL)
    following: NDArray[np.float64] = rate * envelope + (1 - rate) * values
    return following


@cache
def _neighbours() -> NDArray[np.float64]:
    """The mean over the bands around each. Shape (25, 25)."""
    import numpy as np

    band = np.arange(_BANDS)
    near = (abs(band[:, None] - band) <= _AROUND).astype(np.float64)
    mean: NDArray[np.float64] = near / near.sum(axis=0)
    return mean
