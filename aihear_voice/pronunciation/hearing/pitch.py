"""The pitch of a voice, each 10 ms: normalised autocorrelation, and the smoothest way through its peaks (Viterbi)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...types import SAMPLE_RATE

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Track = NDArray[np.float64]  # shape (frames,)

STEP = SAMPLE_RATE // 100
_WINDOW = 640  # samples, 40 ms: two periods of the lowest voice
_LOWEST, _HIGHEST = 65.0, 500.0  # Hz
_VOICED = 0.5  # of the autocorrelation, below which a frame has no pitch
_LEAP = 1.0  # cost of an octave from frame to frame
_HIGHER = 0.02  # an octave up is preferred by so much: the autocorrelation repeats itself below
_CANDIDATES = 5


def track(samples: NDArray[np.float32]) -> Track:
    """Hz, nan where there is no voice; one value a 10 ms, as many as cepstra have frames (or one less)."""
    import numpy as np

    if len(samples) < _WINDOW:
        return np.full(1, np.nan)
    lags, strengths = _peaks(samples.astype(np.float64))
    chosen = _smoothest(np.log2(lags), strengths)
    rows = np.arange(len(lags))
    pitch: Track = np.where(strengths[rows, chosen] >= _VOICED, SAMPLE_RATE / lags[rows, chosen], np.nan)
    return pitch


def _peaks(samples: Track) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The strongest lags (samples) of each frame and their autocorrelation, shapes (frames, candidates)."""
    import numpy as np

    frames = np.lib.stride_tricks.sliding_window_view(samples, _WINDOW)[::STEP]
    frames = (frames - frames.mean(axis=1, keepdims=True)) * np.hanning(_WINDOW)
    spectrum = np.fft.rfft(frames, 2 * _WINDOW)
    correlation = np.fft.irfft(spectrum.real**2 + spectrum.imag**2)
    window = np.fft.irfft(np.abs(np.fft.rfft(np.hanning(_WINDOW), 2 * _WINDOW)) ** 2)
    shortest, longest = int(SAMPLE_RATE / _HIGHEST), int(SAMPLE_RATE / _LOWEST)
    lag = np.arange(shortest, longest)
    normal = correlation[:, lag] / (correlation[:, :1] + 1e-9) * (window[0] / window[lag])
    normal = normal - _HIGHER * np.log2(lag / shortest)
    middle = normal[:, 1:-1]
    peak = np.where((middle > normal[:, :-2]) & (middle >= normal[:, 2:]), middle, -1.0)
    best = np.argpartition(-peak, _CANDIDATES, axis=1)[:, :_CANDIDATES]
    return lag[1 + best].astype(np.float64), np.take_along_axis(peak, best, axis=1)


def _smoothest(octaves: NDArray[np.float64], strengths: NDArray[np.float64]) -> NDArray[np.int64]:
    import numpy as np

    frames = len(octaves)
    came = np.zeros(octaves.shape, np.int64)
    score = strengths[0]
    for frame in range(1, frames):
        leap = _LEAP * np.abs(octaves[frame][:, None] - octaves[frame - 1][None, :])
        ways = score[None, :] - leap
        came[frame] = ways.argmax(axis=1)
        score = ways.max(axis=1) + strengths[frame]
    chosen = np.zeros(frames, np.int64)
    chosen[-1] = score.argmax()
    for frame in range(frames - 1, 0, -1):
        chosen[frame - 1] = came[frame, chosen[frame]]
    return chosen
