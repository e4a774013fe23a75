"""Takes our own voice out of the microphone's sound, knowing what was played.

A partitioned-block frequency-domain Kalman filter (Enzner & Vary 2006; Kuech, Mabande & Enzner 2014): it learns
the way from the loudspeaker to the microphone, and slows down by itself while a person speaks as well. About
1 % of a core, and nothing while we are silent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Block = NDArray[np.float64]

HOP = 256  # samples a step: 16 ms
PARTS = 6  # blocks that the learnt room is long: 96 ms
TAPS = HOP * PARTS
_FORGET = 0.999  # how much of the room a step later is still the same
_SMOOTH = 0.9  # of the estimate of what is not our voice
_SURE = 1e-6  # so little the filter may become uncertain, in power
_TINY = 1e-8


class Canceller:
    """Both sounds are cut into blocks of HOP samples, reference and microphone aligned by the caller."""

    def __init__(self) -> None:
        bins = HOP + 1
        self._weights = np.zeros((PARTS, bins), complex)
        self._doubt = np.ones((PARTS, bins))  # variance of the weights
        self._noise = np.zeros(bins)  # power of all that is not our voice
        self._past = np.zeros((PARTS, bins), complex)  # spectra of the reference, newest first
        self._last = np.zeros(HOP)

    def prime(self, reference: Block) -> None:
        """Set what was played before the next step. reference: at least TAPS + HOP samples."""
        spans = reference[-(TAPS + HOP) :]
        for part in range(PARTS):
            end = len(spans) - part * HOP
            self._past[part] = np.fft.rfft(spans[end - 2 * HOP : end])
        self._last = reference[-HOP:]

    def step(self, reference: Block, microphone: Block) -> tuple[Block, Block]:
        """HOP samples each. Returns (what is left, our voice as it was predicted)."""
        self._past = np.roll(self._past, 1, axis=0)
        self._past[0] = np.fft.rfft(np.concatenate((self._last, reference)))
        self._last = reference
        predicted = np.fft.irfft((self._past * self._weights).sum(axis=0))[HOP:]
        left = microphone - predicted
        self._learn(np.fft.rfft(np.concatenate((np.zeros(HOP), left))))
        return left, predicted

    def _learn(self, left: NDArray[np.complex128]) -> None:
        power = np.abs(left) ** 2
        self._noise = _SMOOTH * self._noise + (1 - _SMOOTH) * power if self._noise.any() else power
        # One half: the block is half as long as its transform.
        expected = 0.5 * (np.abs(self._past) ** 2 * self._doubt).sum(axis=0) + self._noise + _TINY
        gain = self._doubt * np.conj(self._past) / expected
        change = np.fft.irfft(gain * left, axis=1)
        change[:, HOP:] = 0  # a linear, not a circular, convolution
        self._weights = _FORGET * (self._weights + np.fft.rfft(change, axis=1))
        shrunk = (1 - 0.5 * np.clip((gain * self._past).real, 0, 1)) * self._doubt
        self._doubt = _FORGET**2 * shrunk + (1 - _FORGET**2) * (np.abs(self._weights) ** 2 + _SURE)

    def shift(self, samples: int) -> None:
        """The reference comes so many samples later from now on (negative: earlier); what was learnt moves along."""
        room = np.fft.irfft(self._weights, axis=1)[:, :HOP].ravel()
        moved = np.zeros_like(room)
        if abs(samples) < TAPS:
            moved[max(0, -samples) : TAPS - max(0, samples)] = room[max(0, samples) : TAPS - max(0, -samples)]
        blocks = np.concatenate((moved.reshape(PARTS, HOP), np.zeros((PARTS, HOP))), axis=1)
        self._weights = np.fft.rfft(blocks, axis=1)
        self._doubt[:] = 1.0
