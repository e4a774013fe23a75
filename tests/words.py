"""The tests' ears: Whisper on the starter checkpoint, in this process, and likeness to a sentence by the same voice."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.fft import irfft, rfft

from aihear_voice import paths, settings
from aihear_voice.speaking.voices import Pyttsx3Voice

from .rigs import resample


@cache
def _model():
    import torch
    import whisper

    torch.set_num_threads(1)
    return whisper.load_model(str(paths.assets() / "starter.pt"), device="cpu")


def transcribed(samples: np.ndarray) -> str:
    """float32, 16 kHz."""
    return str(_model().transcribe(samples, language="en", fp16=False, condition_on_previous_text=False)["text"])


def spoken_in(samples: np.ndarray, sentences: list[str]) -> list[float]:
    """How alike a piece of the recording is to each sentence said by the program's voice: correlation, 0-1."""
    voice = Pyttsx3Voice(settings.load(env={}).speaking)
    try:
        return [_likeness(samples, resample(*voice.synthesise(sentence, "en"), 16_000)) for sentence in sentences]
    finally:
        voice.close()


def _likeness(samples: np.ndarray, wanted: np.ndarray) -> float:
    size = len(samples) + len(wanted)
    product = irfft(rfft(samples, size) * np.conj(rfft(wanted, size)), size)[: len(samples)]
    power = np.cumsum(np.concatenate([[0.0], samples.astype(float) ** 2, np.zeros(len(wanted))]))
    window = power[len(wanted) : len(wanted) + len(samples)] - power[: len(samples)]
    return float(np.max(np.abs(product) / np.sqrt(np.maximum(window, 1e-3) * np.sum(wanted.astype(float) ** 2))))
