"""aihear say: speak a text, or write it to a file."""

from __future__ import annotations

import argparse
import io
import wave
from pathlib import Path
from typing import TYPE_CHECKING

from .. import settings
from ..errors import EXIT_DONE, SettingsError
from ..settings import Settings

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("text", metavar="TEXT")
    parser.add_argument("--language", metavar="L", help="ISO 639-1 code, e.g. de; without it the first of yours")
    parser.add_argument("--output", type=Path, metavar="FILE.wav", help="write it there instead of speaking")


def run(arguments: argparse.Namespace) -> int:
    from ..speaking.voices import Pyttsx3Voice

    loaded = settings.load(arguments.set)
    if not arguments.text.strip():
        raise SettingsError("there is nothing to say", "no_text", 'write it in quotes: aihear say "Good morning"')
    voice = Pyttsx3Voice(loaded.speaking)
    try:
        samples, rate = voice.synthesise(arguments.text, arguments.language or loaded.understanding.languages[0])
    finally:
        voice.close()
    if arguments.output is not None:
        _write(arguments.output, samples, rate)
    else:
        _play(loaded, samples, rate)
    return EXIT_DONE


def _play(loaded: Settings, samples: NDArray[np.float32], rate: int) -> None:
    from ..audio import server
    from ..audio.portaudio import portaudio
    from ..speaking.player import SpeakerPlayer
    from ..speaking.reference import Reference

    player = SpeakerPlayer(loaded.audio, Reference(), portaudio, lambda: server.endpoints("output"))
    player.play(samples, rate)


def _write(path: Path, samples: NDArray[np.float32], rate: int) -> None:
    """16-bit mono PCM."""
    written = io.BytesIO()  # `wave` prints a traceback of its own where it cannot open a file
    with wave.open(written, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes((samples.clip(-1, 1) * 32767).astype("<i2").tobytes())
    try:
        path.write_bytes(written.getvalue())
    except OSError as error:
        raise SettingsError(f"cannot write {path}: {error.strerror}", "cannot_write", "choose another file") from error
