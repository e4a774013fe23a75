"""Any rate and any number of channels become frames at 16 kHz on one clock."""

import numpy as np
import pytest

from aihear_voice.audio.resample import Framer, Resampler
from aihear_voice.types import FRAME_SAMPLES, SAMPLE_RATE


def _tone(rate, seconds, hertz=440.0):
    return np.sin(2 * np.pi * hertz * np.arange(round(rate * seconds)) / rate).astype(np.float32)


def _resampled(resampler, values, block):
    parts = [resampler.push(values[start : start + block]) for start in range(0, len(values), block)]
    return np.concatenate([*parts, resampler.push(values[:0], last=True)])


@pytest.mark.parametrize("rate", [8_000, 16_000, 22_050, 32_000, 44_100, 48_000, 96_000, 192_000])
def test_a_tone_keeps_its_pitch_level_and_time(rate):
    heard = _resampled(Resampler(rate, 1), _tone(rate, 2.0), rate // 50)
    assert abs(len(heard) - 2 * SAMPLE_RATE) <= 2
    middle = slice(SAMPLE_RATE // 2, 3 * SAMPLE_RATE // 2)
    assert np.abs(heard[middle] - _tone(SAMPLE_RATE, 2.0)[middle]).max() < 0.002


def test_what_16_khz_cannot_hold_does_not_fold_back():
    heard = _resampled(Resampler(48_000, 1), _tone(48_000, 1.0, hertz=11_000), 960)
    assert np.abs(heard[2000:-2000]).max() < 0.001


def test_stereo_is_the_mean_of_both_sides():
    left, right = _tone(48_000, 1.0), 0.5 * _tone(48_000, 1.0)
    both = np.stack([left, right], axis=1).reshape(-1)
    heard = _resampled(Resampler(48_000, 2), both, 1920)
    alone = _resampled(Resampler(48_000, 1), 0.75 * left, 960)
    assert np.allclose(heard, alone, atol=1e-5)


def test_of_an_array_the_first_channel_is_taken():
    table = np.zeros((16_000, 6), np.float32)
    table[:, 0] = 0.25
    table[:, 5] = 1.0  # the loudspeaker's signal
    assert np.all(Resampler(16_000, 6).push(table.reshape(-1)) == 0.25)


def test_frames_are_whole_joined_and_timed():
    framer, frames = Framer(), []
    for start in range(0, 5000, 300):
        framer.push(np.arange(start, start + 300, dtype=np.float32))
        while (frame := framer.take()) is not None:
            frames.append(frame)
    assert all(len(frame.samples) == FRAME_SAMPLES for frame in frames)
    assert all(frame.samples[0] == round(frame.start * SAMPLE_RATE) for frame in frames)
    assert len(frames) == 5100 // FRAME_SAMPLES


def test_the_clock_goes_on_over_a_new_take_and_joins_nothing_across_it():
    framer = Framer()
    framer.push(np.ones(FRAME_SAMPLES + 100, np.float32))
    assert framer.take().start == 0.0
    framer.restart()
    framer.push(np.full(FRAME_SAMPLES, 2.0, np.float32))
    frame = framer.take()
    assert frame.start == FRAME_SAMPLES / SAMPLE_RATE
    assert np.all(frame.samples == 2.0)
