"""Sound on disk: FLAC files, and the spool, where what is spoken stands from the first moment on."""

from __future__ import annotations

import contextlib
import io
import itertools
import os
import struct
import tempfile
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, cast

from ..errors import DeviceError
from ..types import SAMPLE_RATE, Audio, Purpose

if TYPE_CHECKING:
    from ..types import Samples

_BLOCK = 4096  # samples in one FLAC block
_HEADER = 44  # bytes of a WAV file before its samples
_UNKNOWN = 0xFFFFFFFF  # as a length: to the end of the file


def write_flac(path: Path, audio: Audio) -> None:
    """16 bit, readable by its owner only; the file is there whole or not at all. Raises DeviceError."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(prefix=".", suffix=".part", dir=path.parent)  # made with mode 0600
        try:
            with os.fdopen(descriptor, "w+b") as file:
                _encode(file, audio)
                file.flush()
                os.fsync(file.fileno())
            os.replace(name, path)
        except BaseException:
            os.unlink(name)
            raise
    except OSError as error:
        message = f"sound cannot be saved in {path.parent}: {error.strerror or error}"
        raise DeviceError(message, "unwritable", "make room there, or check its rights") from error


def flac(audio: Audio) -> bytes:
    """16 bit."""
    file = io.BytesIO()
    _encode(file, audio)
    return file.getvalue()


def _encode(file: IO[bytes], audio: Audio) -> None:
    import av
    import numpy as np

    values = np.frombuffer(_pcm(audio.samples), np.int16)
    # Else 8 kB are left free for titles and covers: more than a word has.
    with av.open(file, "w", format="flac", options={"metadata_header_padding": "0"}) as container:
        stream = container.add_stream("flac", rate=SAMPLE_RATE, layout="mono")
        for start in range(0, len(values), _BLOCK):
            frame = av.AudioFrame.from_ndarray(values[np.newaxis, start : start + _BLOCK], "s16", "mono")
            frame.sample_rate = SAMPLE_RATE
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def _pcm(samples: Samples) -> bytes:
    """The inverse of decoding, which divides by 32768: so a file that is decoded and saved again stays the same."""
    import numpy as np

    values = np.clip(np.rint(samples * 32768.0), -32768, 32767)
    return bytes(values.astype("<i2").data)


@dataclass(frozen=True, slots=True)
class Sound:
    """A file in the spool, by what its name and its size tell.

    at: seconds since the epoch when it began; seconds: of sound
    """

    name: str
    at: float
    purpose: Purpose
    seconds: float


class Take:
    """A sound while it is spoken: whatever happens to the program, what was written so far can be read."""

    def __init__(self, path: Path, purpose: Purpose, start: float) -> None:
        """start: seconds on the audio clock of the first sample"""
        self.name = path.name
        self.purpose = purpose
        self._path = path
        self._start = start
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        self._file = os.fdopen(descriptor, "wb", buffering=0)  # what was written stays, if the program is killed
        self._file.write(_wav_header(_UNKNOWN))
        self._count = 0

    @property
    def seconds(self) -> float:
        """Of sound."""
        return self._count / SAMPLE_RATE

    def write(self, samples: Samples) -> None:
        self._file.write(_pcm(samples))
        self._count += len(samples)

    def finish(self, audio: Audio) -> None:
        """It turned out to be this: usually a little less than was written."""
        if abs(audio.start - self._start) > 1 / SAMPLE_RATE or len(audio.samples) > self._count:
            self._file.seek(_HEADER)
            self._file.write(_pcm(audio.samples))
        self._count = len(audio.samples)
        self._file.truncate(_HEADER + 2 * self._count)
        self.close()

    def close(self) -> None:
        """It stays as it was written."""
        self._file.seek(0)
        self._file.write(_wav_header(2 * self._count))
        self._file.close()

    def drop(self) -> None:
        """It was nothing."""
        self._file.close()
        self._path.unlink(missing_ok=True)


class Spool:
    """A folder of sounds, each in a WAV file of its own that is named for the moment and the purpose."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def begin(self, at: float, purpose: Purpose, start: float) -> Take:
        """at: seconds since the epoch; start: on the audio clock. Raises DeviceError."""
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            for moment in itertools.count(round(at * 1000)):
                with contextlib.suppress(FileExistsError):
                    return Take(self._folder / f"{moment}-{purpose}.wav", purpose, start)
        except OSError as error:
            message = f"sound cannot be saved in {self._folder}: {error.strerror or error}"
            raise DeviceError(message, "unwritable", "make room there, or check its rights") from error
        raise AssertionError("unreachable")

    def sounds(self) -> list[Sound]:
        """In the order in which they were spoken."""
        found = [_sound(path) for path in self._folder.glob("*.wav")]
        return sorted((sound for sound in found if sound is not None), key=lambda sound: sound.at)

    def load(self, name: str) -> Audio:
        """Raises DeviceError where it is not there any more."""
        import numpy as np

        try:
            raw = (self._folder / name).read_bytes()[_HEADER:]
        except OSError as error:
            raise DeviceError(f"the sound {name} is gone", "no_sound", "only its entry is left") from error
        values = np.frombuffer(raw[: len(raw) // 2 * 2], "<i2")
        return Audio((values / 32768).astype(np.float32))

    def path(self, name: str) -> Path:
        return self._folder / name

    def remove(self, names: Collection[str]) -> None:
        for name in names:
            (self._folder / name).unlink(missing_ok=True)


def _sound(path: Path) -> Sound | None:
    """None for what is no sound of ours, or has just been deleted."""
    moment, _, purpose = path.stem.partition("-")
    if not moment.isdecimal() or not purpose.isalpha():
        return None
    try:
        size = path.stat().st_size
    except FileNotFoundError:
        return None
    seconds = max(0, size - _HEADER) / 2 / SAMPLE_RATE
    return Sound(path.name, int(moment) / 1000, cast(Purpose, purpose), seconds)


def _wav_header(length: int) -> bytes:
    """RIFF, 16 bit mono PCM at 16 kHz. length: bytes of samples, or _UNKNOWN"""
    whole = length if length == _UNKNOWN else length + _HEADER - 8
    form = struct.pack("<HHIIHH", 1, 1, SAMPLE_RATE, SAMPLE_RATE * 2, 2, 16)
    return (
        b"RIFF"
        + struct.pack("<I", whole)
        + b"WAVEfmt "
        + struct.pack("<I", 16)
        + form
        + b"data"
        + struct.pack("<I", length)
    )
