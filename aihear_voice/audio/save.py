"""Sound on disk: FLAC files, and the spool that keeps what was spoken until its text is delivered."""

from __future__ import annotations

import contextlib
import logging
import os
import tempfile
from pathlib import Path
from typing import IO

import numpy as np

from ..errors import DeviceError
from ..types import SAMPLE_RATE, Audio

SPOOL_BYTES = 500_000_000  # some eight hours of speech
_BLOCK = 4096  # samples in one FLAC block
_log = logging.getLogger(__name__)


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


def _encode(file: IO[bytes], audio: Audio) -> None:
    import av

    # The inverse of decoding, which divides by 32768: so a file that is decoded and saved again stays the same.
    values = np.clip(np.rint(audio.samples * 32768.0), -32768, 32767).astype(np.int16)
    with av.open(file, "w", format="flac") as container:
        stream = container.add_stream("flac", rate=SAMPLE_RATE, layout="mono")
        for start in range(0, len(values), _BLOCK):
            frame = av.AudioFrame.from_ndarray(values[np.newaxis, start : start + _BLOCK], "s16", "mono")
            frame.sample_rate = SAMPLE_RATE
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


class Spool:
    """Fulfils ports.Spool: a numbered FLAC file for each utterance, deleted when its text is delivered.

    Where the folder grows over `limit` bytes, the oldest files go, and a warning is logged.
    """

    def __init__(self, folder: Path, limit: int = SPOOL_BYTES) -> None:
        self._folder = folder
        self._limit = limit
        self._first = self._next = max((int(path.stem) for path in self._files()), default=0) + 1

    def put(self, audio: Audio) -> Path:
        """On disk when this returns. Raises DeviceError."""
        path = self._folder / f"{self._next:08d}.flac"
        self._next += 1
        write_flac(path, audio)
        self._bound()
        return path

    def done(self, path: Path) -> None:
        """Its text has been delivered, or was given up."""
        path.unlink(missing_ok=True)

    def pending(self) -> list[Path]:
        """What an earlier run left behind, in the order in which it was spoken."""
        return [path for path in self._files() if int(path.stem) < self._first]

    def _files(self) -> list[Path]:
        return sorted((p for p in self._folder.glob("*.flac") if p.stem.isdecimal()), key=lambda path: int(path.stem))

    def _bound(self) -> None:
        sizes = []
        for path in self._files():
            with contextlib.suppress(FileNotFoundError):  # its text has just been delivered
                sizes.append((path, path.stat().st_size))
        excess = sum(size for _, size in sizes) - self._limit
        for path, size in sizes[:-1]:  # never the one that was just put there
            if excess <= 0:
                return
            path.unlink(missing_ok=True)
            excess -= size
            _log.warning("the spool is full: unwritten sound %s was deleted", path.name)
