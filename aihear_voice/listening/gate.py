"""A gate before the networks: most of the day nothing is heard but the room, and for that no network need run.

It compares each frame, band by band, with the room's own sound. That is followed by minimum statistics (R. Martin,
IEEE Transactions on Speech and Audio Processing 9(5), 2001): the least that each band had within the last seconds.
Speech has gaps in every band within a second or two, so a talker is never taken for the room, however long; a fan
that is switched on is, after `_MEMORY_S`.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

import numpy as np

from ..types import FRAME_SAMPLES, FRAME_SECONDS, SAMPLE_RATE, Audio

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Bands = NDArray[np.float32]

_EDGES_HZ = (125, 312, 625, 1250, 2500, 5000, 7800)  # below, rooms rumble; hums keep to one or two of the bands
# How far above the room a band must be. Steady noise reaches it a few times an hour: the narrower a band is, the
# more a single frame of noise varies.
_ABOVE_DB = (8.5, 7.5, 6.5, 5.5, 5.5, 5.5)
# Mean square, -90 dB: a band's background is never less, or after digital silence all would be loud.
_LEAST = np.float32(1e-9)
_SMOOTHING = 0.15  # of the newest frame: 0.2 s
_BIAS_DB = 1.5  # the least of a smoothed noise lies so far below its mean
_MEMORY_S = 8.0
_PIECE_S = 1.0  # the minimum is kept of each such piece
_HOLD_S = 1.5
_LEARN_S = 1.0  # open at the beginning: what the room is like is not known yet


class EnergyGate:
    """Open while something is heard over the room, and for 1.5 s after it. Counts samples, knows no clock."""

    def __init__(self) -> None:
        bins = [round(edge * FRAME_SAMPLES / SAMPLE_RATE) for edge in _EDGES_HZ]
        self._bins, self._last_bin = bins[:-1], bins[-1]
        window = np.hanning(FRAME_SAMPLES)
        self._window = window.astype(np.float32)
        self._scale = np.float32(2 / (FRAME_SAMPLES * np.sum(window**2)))
        self._above: Bands = np.power(10, (np.array(_ABOVE_DB) + _BIAS_DB) / 10).astype(np.float32)
        self._frames = 0
        self._open_for = 0.0
        self._smooth: Bands = np.zeros(len(self._bins), np.float32)
        self._least: Bands = np.full(len(self._bins), np.inf, np.float32)  # of the present piece
        self._least_before = self._least  # of the pieces before
        self._pieces: deque[Bands] = deque(maxlen=round(_MEMORY_S / _PIECE_S))

    def hear(self, frame: Audio) -> bool:
        """Whether the gate is open for this frame."""
        power = self._power(frame)
        if self._frames == 0:
            self._smooth = self._least = power
        self._frames += 1
        loud = bool(np.any(power > self._above * self._room()))
        self._follow(power)
        learning = self._frames * FRAME_SECONDS <= _LEARN_S
        self._open_for = _HOLD_S if loud or learning else self._open_for - FRAME_SECONDS
        return self._open_for > 0

    def _power(self, frame: Audio) -> Bands:
        """Mean square of each band."""
        spectrum = np.fft.rfft(frame.samples * self._window)[: self._last_bin]
        power = spectrum.real**2 + spectrum.imag**2
        return (np.add.reduceat(power, self._bins) * self._scale).astype(np.float32)

    def _room(self) -> Bands:
        return np.maximum(np.minimum(self._least_before, self._least), _LEAST)

    def _follow(self, power: Bands) -> None:
        self._smooth = self._smooth + np.float32(_SMOOTHING) * (power - self._smooth)
        self._least = np.minimum(self._least, self._smooth)
        if self._frames % round(_PIECE_S / FRAME_SECONDS) == 0:
            self._pieces.append(self._least)
            self._least_before = np.min(self._pieces, axis=0)
            self._least = self._smooth
