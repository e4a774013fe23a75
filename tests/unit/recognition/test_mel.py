"""The picture of sound is openai-whisper's, and made without torch."""

import numpy as np
import pytest

from aihear_voice.recognition.mel import log_mel

RATE = 16_000


@pytest.mark.parametrize("bands", [80, 128])
@pytest.mark.parametrize("length", [2.0, 4.0, 30.0])
@pytest.mark.parametrize("sound", [0.0, 0.01, 1.99, 2.0, 3.3, 30.0])
def test_it_is_whispers(sound, length, bands):
    whisper = pytest.importorskip("whisper")
    rng = np.random.default_rng(round(sound * 100))
    samples = rng.standard_normal(round(sound * RATE)).astype(np.float32) * np.float32(0.1)
    expected = whisper.log_mel_spectrogram(whisper.pad_or_trim(samples, round(length * RATE)), bands).numpy()
    got = log_mel(samples, round(length * RATE), bands)
    assert got.shape == expected.shape
    assert got.dtype == np.float32
    assert np.abs(got - expected).max() < 1e-4
