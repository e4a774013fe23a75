"""Keeps what C libraries print while sound is initialised (ALSA and JACK: some 80 lines) off the terminal."""

from __future__ import annotations

import contextlib
import os
import re
import sys
import tempfile
import threading
from typing import IO

_NOISE = re.compile(
    rb"ALSA lib |Expression '|PaAlsa|PulseAudio_|jack server|JACK server|JackShm|connect\(2\) call to /dev/shm/jack"
    rb"|Cannot connect to server|attempt to connect to server failed|server request channel"
)


class Hush:
    """While active, file descriptor 2 leads into a file; at the end, what is no noise of theirs is printed.

    One thread at a time may enter; `end` may come from any, and ends it early where the work inside hangs.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._stderr = -1
        self._said: IO[bytes] | None = None

    def __enter__(self) -> None:
        with self._lock, contextlib.suppress(OSError):  # no descriptor 2: then there is nothing to keep clean
            _flush()
            self._stderr = os.dup(2)
            self._said = tempfile.TemporaryFile()  # closed in `end`
            os.dup2(self._said.fileno(), 2)

    def __exit__(self, *error: object) -> None:
        self.end()

    def end(self) -> None:
        """Harmless a second time."""
        with self._lock, contextlib.suppress(OSError):
            said, self._said = self._said, None
            if said is None:
                return
            _flush()
            os.dup2(self._stderr, 2)
            os.close(self._stderr)
            with said:
                said.seek(0)
                _repeat(said.readlines())


def _repeat(lines: list[bytes]) -> None:
    worth = [line for line in lines if not _NOISE.search(line)]
    if len(worth) < len(lines):
        worth = [line for line in worth if line.strip()]  # their empty lines too
    os.write(2, b"".join(worth))


def _flush() -> None:
    if sys.stderr is not None:
        with contextlib.suppress(ValueError):
            sys.stderr.flush()
