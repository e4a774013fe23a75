"""Sounds to measure with: a quiet room, and sentences by espeak-ng and flite. float32, mono, 16 kHz."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..audio.file import decode
from ..types import SAMPLE_RATE

if TYPE_CHECKING:
    from ..types import Samples


def rms_of(decibel: float) -> float:
    """Of full scale."""
    return float(10 ** (decibel / 20))


def white(seconds: float, decibel: float, seed: int = 0) -> Samples:
    """decibel: rms, re full scale."""
    noise = np.random.default_rng(seed).standard_normal(round(seconds * SAMPLE_RATE))
    return (noise * rms_of(decibel)).astype(np.float32)


def room(seconds: float, decibel: float, seed: int = 0) -> Samples:
    """Noise as a quiet room has it: power falls with frequency (pink), none below 40 Hz, where microphones end."""
    spectrum = np.fft.rfft(np.random.default_rng(seed).standard_normal(round(seconds * SAMPLE_RATE)))
    frequency = np.fft.rfftfreq(round(seconds * SAMPLE_RATE), 1 / SAMPLE_RATE)
    spectrum *= np.where(frequency < 40, 0, 1 / np.sqrt(np.maximum(frequency, 1)))
    return at_level(np.fft.irfft(spectrum, round(seconds * SAMPLE_RATE)).astype(np.float32), decibel)


def at_level(samples: Samples, decibel: float) -> Samples:
    """Scaled so that its rms, pauses left out, is `decibel` re full scale."""
    frames = samples[: len(samples) // 160 * 160].reshape(-1, 160)
    power = np.mean(np.square(frames, dtype=np.float64), axis=1)
    voiced = power[power > power.max(initial=0) / 1000]
    scale = rms_of(decibel) / np.sqrt(voiced.mean()) if len(voiced) else 1.0
    return (samples * scale).astype(np.float32)


def can_speak() -> bool:
    return shutil.which("espeak-ng") is not None


def voices() -> list[str]:
    """Of those engines that are installed; "espeak-ng:VOICE" or "flite:VOICE"."""
    found = [f"espeak-ng:{name}" for name in _ESPEAK] if can_speak() else []
    return found + ([f"flite:{name}" for name in _FLITE] if shutil.which("flite") else [])


_ESPEAK = ("en-us", "en-gb", "en-gb-x-rp", "en-us+f2", "en-us+m5", "en-gb+f3", "en-us+m6", "en-gb-scotland")
_FLITE = ("slt", "rms", "kal16", "kal", "awb")


def spoken(text: str, voice: str) -> Samples:
    """voice: one of `voices()`."""
    engine, _, name = voice.partition(":")
    with tempfile.TemporaryDirectory(prefix="aihear-bench-") as folder:
        path = Path(folder) / "speech.wav"
        told = ["-v", name, "-w", str(path), "--", text] if engine == "espeak-ng" else []
        told = told or ["-voice", name, "-t", text, "-o", str(path)]
        subprocess.run([engine, *told], check=True, capture_output=True, timeout=60)
        return decode(path).samples


def conversation(decibel: float) -> Samples:
    """Other people's speech, with the pauses of speech: about half a minute."""
    names = [name for name in voices() if name in ("espeak-ng:en-us+f2", "espeak-ng:en-gb", "flite:slt", "flite:rms")]
    parts = []
    for number, sentence in enumerate(_SENTENCES):
        parts += [
            at_level(spoken(sentence, names[number % len(names)]), decibel),
            np.zeros(round((0.25, 0.6, 0.4)[number % 3] * SAMPLE_RATE), np.float32),
        ]
    return np.concatenate(parts)


_SENTENCES = (
    "I went down to the market this morning, and you would not believe how many people were there.",
    "Did they still have the good tomatoes, or were they all gone by the time you arrived?",
    "There were plenty left, but I had to wait for nearly twenty minutes behind a man with three dogs.",
    "That reminds me, the neighbours have invited us for dinner on Saturday.",
    "We could bring the apple cake, if somebody remembers to buy flour and butter.",
    "Well, the last time we brought a cake there were already four others on the table.",
    "Then let us take some flowers, and perhaps a bottle of the red wine that your brother gave us.",
    "Yes, that is a good idea. Shall we walk there, or would you rather take the car?",
)
