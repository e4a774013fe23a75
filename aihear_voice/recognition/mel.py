"""Whisper's picture of sound in numpy: what its encoder looks at, without torch."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import numpy as np

from .assets import package

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ..types import Samples

_WINDOW = 400  # samples of one frame, 25 ms
HOP = 160  # samples from frame to frame, 10 ms
_RANGE = 8.0  # powers of ten below the loudest point at which the picture ends


def log_mel(samples: Samples, length: int, bands: int) -> NDArray[np.float32]:
    """float32, shape (bands, length / HOP), about -1 to 2.

    length: samples that the picture stands for; shorter sound is followed by silence, and longer sound is cut.
    bands: 80 or 128. Source: whisper/audio.py, log_mel_spectrogram; differs from it by less than 1e-4.
    """
    # Silence behind the sound is the same in every frame: only the frames that sound reaches are computed.
    frames = min(length // HOP, -(-(len(samples) + _WINDOW) // HOP))
    padded = np.zeros(frames * HOP + _WINDOW, np.float32)
    reach = samples[: min(length, len(padded) - _WINDOW // 2)]
    padded[_WINDOW // 2 : _WINDOW // 2 + len(reach)] = reach
    edge = min(_WINDOW // 2, max(0, len(samples) - 1))
    padded[_WINDOW // 2 - edge : _WINDOW // 2] = samples[edge:0:-1]
    if len(samples) >= length:
        _mirror_end(padded, samples[:length])
    windows = np.lib.stride_tricks.sliding_window_view(padded, _WINDOW)[: frames * HOP : HOP]
    spectrum = np.fft.rfft(windows * _hann())
    powers = _filters(bands) @ (spectrum.real**2 + spectrum.imag**2).T
    picture = np.full((bands, length // HOP), -10.0, np.float32)
    picture[:, :frames] = np.log10(np.maximum(powers, 1e-10))
    scaled: NDArray[np.float32] = (np.maximum(picture, picture.max() - _RANGE) + 4.0) / 4.0
    return scaled


def _mirror_end(padded: NDArray[np.float32], samples: Samples) -> None:
    """Behind sound that fills the window, its last samples follow backwards."""
    end = _WINDOW // 2 + len(samples)
    room = len(padded) - end
    padded[end:] = samples[-2 : -2 - room : -1]


@functools.cache
def _hann() -> NDArray[np.float32]:
    return (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(_WINDOW) / _WINDOW)).astype(np.float32)


@functools.cache
def _filters(bands: int) -> NDArray[np.float32]:
    with np.load(package() / "assets" / "mel_filters.npz", allow_pickle=False) as file:
        filters: NDArray[np.float32] = file[f"mel_{bands}"]
    return filters
