"""Voices: text to samples. pyttsx3 synthesises in a worker; its own playback is never used.

That playback cannot be stopped, loses queued sentences and returns early (measured), and its `save_to_file`
returns before the file is there: the worker waits for the engine's word that the utterance is finished.
"""

from __future__ import annotations

import contextlib
import difflib
import io
import sys
import tempfile
import threading
import wave
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import AihearError, DeviceError, SettingsError
from ..settings import SpeakingSettings
from ..workers import Worker
from .reading import read_aloud

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SYNTHESIS_TIMEOUT_S = 20.0
RATE = 22_050  # Hz, of silence
SLOWEST = 60  # words a minute, as in the settings
_KEPT_ANSWERS = 32
# The first that is installed speaks the language. Espeak-ng 1.51's "cmn" reads most Chinese words out as the English
# letters of their pinyin; "cmn-latn-pinyin" reads them in Chinese.
_PREFERRED = {
    "en": ("en-us", "en-gb", "en"),
    "zh": ("cmn-latn-pinyin", "cmn", "zh", "zh-cn"),
    "es": ("es", "es-419"),
    "fr": ("fr-fr", "fr"),
}


class Pyttsx3Engine:
    """Lives in a worker. voice: part of a voice's name; rate: words a minute; volume: 0–1."""

    def __init__(self, voice: str, rate: int, volume: float) -> None:
        """Raises DeviceError without a speech engine, SettingsError for an unknown voice."""
        import pyttsx3

        try:
            self._engine: Any = pyttsx3.init()
            self._voices: list[Any] = list(self._engine.getProperty("voices"))
        except (RuntimeError, OSError, ImportError) as error:
            raise _no_voice() from error
        self._wanted = self._named(voice) if voice else None
        self._properties = {"rate": rate, "volume": volume}
        self._taken = ""  # the voice that they were set for
        self._finished = threading.Event()
        self._engine.connect("finished-utterance", lambda **_: self._finished.set())

    def name(self) -> str:
        """Of the voice that was asked for, else of the English one."""
        return str((self._wanted or self._voice_for("en")).name)

    def synthesise(self, text: str, language: str) -> tuple[bytes, int]:
        """16-bit mono samples and their rate in Hz."""
        if not text.strip():  # the engine would wait for ever
            return b"", RATE
        with tempfile.TemporaryDirectory(prefix="aihear-voice-") as folder:
            path = Path(folder) / "answer.wav"  # a fresh file: the engine goes on writing into the last one
            self._take(self._voice_for(language).id, Path(folder))
            self._save(text, path)
            return _read(path)

    def _take(self, voice: str, folder: Path) -> None:
        """espeak forgets rate and volume when it loads a voice, and takes them over on another thread, at times only
        after the text that they are for: so that text is one that nobody hears.
        """
        if voice == self._taken:
            return
        self._engine.setProperty("voice", voice)
        for name, value in self._properties.items():
            self._engine.setProperty(name, value)
        self._save("a", folder / "unheard.wav")
        self._taken = voice

    def _save(self, text: str, path: Path) -> None:
        self._finished.clear()
        with contextlib.redirect_stdout(io.StringIO()):  # the engine prints the file's name
            self._engine.save_to_file(text, str(path))
            self._engine.runAndWait()
            self._finished.wait(SYNTHESIS_TIMEOUT_S)

    def _voice_for(self, language: str) -> Any:
        """The wanted voice where it speaks the language, else a usual one that does, else an English one."""
        speaking = [voice for voice in self._voices if _speaks(voice, language)]
        if self._wanted is not None and (self._wanted in speaking or not speaking):
            return self._wanted
        if not speaking:
            return self._voices[0] if language == "en" else self._voice_for("en")
        codes = {code: voice for voice in reversed(speaking) for code in _codes(voice)}
        usual = (codes[code] for code in _PREFERRED.get(language, (language,)) if code in codes)
        return next(usual, speaking[0])

    def _named(self, part: str) -> Any:
        for voice in self._voices:
            if part.lower() in f"{voice.name} {voice.id}".lower():
                return voice
        near = difflib.get_close_matches(part, [voice.name for voice in self._voices], n=3, cutoff=0.4)
        raise SettingsError(f"there is no voice {part}", "unknown_voice", f"near: {', '.join(near) or 'none'}")


class Pyttsx3Voice:
    """A ports.Voice. The last few answers are kept, so that a repeated one costs nothing.

    Each rate has an engine of its own: espeak takes a new rate over on another thread, one time in three only after
    the text that it is for (measured). The second engine is there once somebody has asked for slower speech.
    """

    def __init__(self, settings: SpeakingSettings) -> None:
        self._settings = settings
        self._engines: dict[int, Worker] = {}  # by rate
        self._synthesise = lru_cache(_KEPT_ANSWERS)(self._ask)

    def _engine(self, pace: float = 1.0) -> Worker:
        rate = max(SLOWEST, round(self._settings.rate * pace))
        if rate not in self._engines:
            options = {"voice": self._settings.voice, "rate": rate, "volume": self._settings.volume}
            factory = "aihear_voice.speaking.voices:Pyttsx3Engine"
            self._engines[rate] = Worker("voice", factory, options, timeout=SYNTHESIS_TIMEOUT_S + 5)
        return self._engines[rate]

    @property
    def name(self) -> str:
        """Raises DeviceError, SettingsError."""
        return str(self._engine().call("name"))

    def synthesise(self, text: str, language: str, pace: float = 1.0) -> tuple[NDArray[np.float32], int]:
        """float32 shape (n,) and its sample rate in Hz. pace: below 1 is slower. Raises DeviceError, SettingsError."""
        import numpy as np

        raw, rate = self._synthesise(read_aloud(text, language), language, pace)
        return np.frombuffer(raw, "<i2").astype(np.float32) / np.float32(32768), rate

    def close(self) -> None:
        for engine in self._engines.values():
            engine.kill()

    def _ask(self, text: str, language: str, pace: float) -> tuple[bytes, int]:
        try:
            raw, rate = self._engine(pace).call("synthesise", text, language)
        except (DeviceError, SettingsError):
            raise
        except AihearError as error:
            raise DeviceError(f"the voice failed: {error.message}", "voice_failed", "try: aihear say hello") from error
        return bytes(raw), int(rate)


def _codes(voice: Any) -> list[str]:
    """Language codes in lower case; drivers give them as text, or as bytes with a length in front."""
    codes = [code.decode("utf-8", "ignore") if isinstance(code, bytes) else str(code) for code in voice.languages or ()]
    return [code.strip("\x05\x02\x06").lower().replace("_", "-") for code in codes]


def _speaks(voice: Any, language: str) -> bool:
    codes = (language, *_PREFERRED.get(language, ()))
    return any(spoken.partition("-")[0] in codes for spoken in _codes(voice))


def _read(path: Path) -> tuple[bytes, int]:
    try:
        with wave.open(str(path), "rb") as file:
            return file.readframes(file.getnframes()), file.getframerate()
    except (OSError, EOFError, wave.Error) as error:
        raise DeviceError("the voice gave no sound", "voice_failed", "try: aihear say hello") from error


def _no_voice() -> DeviceError:
    hint = (
        "apt-get install espeak-ng" if sys.platform.startswith("linux") else "install a voice in the system's settings"
    )
    return DeviceError("there is no voice: answers are shown instead of spoken", "no_voice", hint)
