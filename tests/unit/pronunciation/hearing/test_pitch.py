import numpy as np
import pytest

from aihear_voice.pronunciation.hearing import pitch
from tests import rigs


@pytest.mark.parametrize("hertz", [80, 120, 200, 330, 450])
def test_a_hum_of_many_overtones(hertz: int) -> None:
    seconds = np.arange(rigs.RATE) / rigs.RATE
    hum = sum(np.sin(2 * np.pi * hertz * k * seconds) / k for k in range(1, 8)) * 0.1
    track = pitch.track(hum.astype(np.float32))
    assert np.isfinite(track).mean() > 0.9
    assert np.nanmedian(track) == pytest.approx(hertz, rel=0.02)


def test_a_glide_is_followed() -> None:
    seconds = np.arange(rigs.RATE) / rigs.RATE
    phase = 2 * np.pi * np.cumsum(150 + 100 * seconds) / rigs.RATE
    track = pitch.track((0.1 * np.sin(phase) + 0.05 * np.sin(2 * phase)).astype(np.float32))
    assert np.nanmedian(track[:10]) == pytest.approx(155, rel=0.05)
    assert np.nanmedian(track[-10:]) == pytest.approx(240, rel=0.05)


def test_noise_and_silence_have_none() -> None:
    assert np.isfinite(pitch.track(rigs.noise(1, rms=0.05))).mean() < 0.1
    assert not np.isfinite(pitch.track(rigs.silence(1))).any()
    assert not np.isfinite(pitch.track(rigs.silence(0.01))).any()


def test_high_and_low_voices() -> None:
    low, high = (rigs.speech("The weather is good.", f"espeak:en-us+{name}") for name in ("m7", "f3"))
    assert np.nanmedian(pitch.track(low)) < np.nanmedian(pitch.track(high)) - 20
