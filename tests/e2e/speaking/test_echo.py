"""Our own voice, looped from the real loudspeaker into the real microphone."""

import threading
import time

import numpy as np
import pytest

from aihear_voice.audio.devices import list_devices, portaudio
from aihear_voice.audio.microphone import DeviceMicrophone
from aihear_voice.settings import load
from aihear_voice.speaking.echo import OwnVoiceGuard
from aihear_voice.speaking.player import SpeakerPlayer
from aihear_voice.speaking.reference import Reference
from tests.rigs import rms, speech

pytestmark = pytest.mark.e2e
TEXT = "The weather in London is good today, and the train to Vienna leaves at seven in the morning."


@pytest.mark.parametrize("level", [-10, -3])
def test_the_echo_is_taken_out(pulse, level):
    list_devices("output", fresh=True)
    settings = load(env={}).audio
    reference = Reference()
    guard, player = OwnVoiceGuard(reference), SpeakerPlayer(settings, reference, portaudio)
    microphone = DeviceMicrophone(settings)
    raw, cleaned = [], []
    with pulse.loopback(level):
        microphone.open()
        try:
            thread = threading.Thread(target=lambda: player.play(speech(TEXT, "espeak:en-us"), 16000, TEXT))
            thread.start()
            end = time.monotonic() + 9
            while time.monotonic() < end and thread.is_alive():
                frame = microphone.read(0.1)
                if frame is not None:
                    raw.append(frame.samples)
                    cleaned.append(guard.clean(frame)[0].samples)
            thread.join(5)
        finally:
            microphone.close()
    before, after = np.concatenate(raw)[32_000:80_000], np.concatenate(cleaned)[32_000:80_000]
    assert rms(before) > 0.003, "nothing was looped back"
    assert 20 * np.log10(rms(before) / (rms(after) + 1e-9)) > 20
