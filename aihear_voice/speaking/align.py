"""Where in the microphone's sound our own voice is: cross-correlation (GCC-PHAT, Knapp & Carter 1976)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..types import SAMPLE_RATE

if TYPE_CHECKING:
    from numpy.typing import NDArray

CLEAR = 9.0  # a peak so many times the rms is worth a second look: among 20,000 random values, 4.5 is the highest
SURE = 30.0  # needs none where it is still looked for; between speech and silence, chance reaches 18
_BAND = (150.0, 7000.0)  # Hz; below is hum, above is the resampler's edge
_TINY = 1e-12


def locate(reference: NDArray[np.float64], microphone: NDArray[np.float64]) -> tuple[int, float]:
    """Find `microphone` in the longer `reference`.

    Returns (index, peak): reference[index:] fits best; peak in units of the correlation's rms.
    """
    size = 1 << (len(reference) + len(microphone) - 1).bit_length()
    cross = np.fft.rfft(reference, size) * np.conj(np.fft.rfft(microphone, size))
    cross /= np.abs(cross) + _TINY
    low, high = (round(edge / SAMPLE_RATE * size) for edge in _BAND)
    cross[:low] = 0
    cross[high:] = 0
    correlation = np.fft.irfft(cross, size)[: len(reference) - len(microphone) + 1]
    index = int(np.argmax(correlation))
    rms = float(np.sqrt(np.mean(correlation**2))) + _TINY
    return index, float(correlation[index]) / rms
