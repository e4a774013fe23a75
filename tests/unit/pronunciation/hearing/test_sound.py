import numpy as np

from aihear_voice.pronunciation.hearing.sound import SILENT, STEADY, measure
from aihear_voice.types import Audio
from tests import rigs


def test_silence_and_almost_silence() -> None:
    assert measure(Audio(rigs.silence(2))).level < SILENT
    assert measure(Audio(rigs.noise(2, rms=0.0003))).level < SILENT
    assert measure(Audio(np.zeros(0, np.float32))).level < SILENT


def test_steady_sounds_have_no_contrast() -> None:
    time = np.arange(32_000) / 16_000
    hum = (0.1 * np.sin(2 * np.pi * 50 * time)).astype(np.float32)
    rumble = np.cumsum(rigs.noise(2, rms=0.001, seed=3)).astype(np.float32)
    for sound in (rigs.noise(2, rms=0.05), hum, rumble - rumble.mean()):
        assert measure(Audio(sound)).contrast < STEADY


def test_speech_has_contrast_in_a_noisy_room_too() -> None:
    spoken = rigs.join(0.3, rigs.speech("The red car is in the garage."), 0.3)
    noisy = spoken + rigs.noise(len(spoken) / rigs.RATE, rms=rigs.rms(spoken) * 0.2)
    assert measure(Audio(spoken)).contrast > STEADY
    assert measure(Audio(noisy)).contrast > STEADY


def test_quiet_speech_is_no_silence() -> None:
    assert measure(Audio(rigs.speech("Good morning.") * 0.02)).level > SILENT


def test_pauses() -> None:
    one, two = rigs.speech("The red car"), rigs.speech("is in the garage")
    together, apart = measure(Audio(rigs.join(one, two))), measure(Audio(rigs.join(0.5, one, 1.0, two, 0.5)))
    assert apart.pauses - together.pauses > 0.8
    assert apart.speaking - together.speaking > 0.8
    assert apart.speaking < len(one) / 16_000 + len(two) / 16_000 + 1.2  # the silence around does not count
