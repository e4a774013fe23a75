"""A room for the real program: sound that plays on and on into its microphone.

Where PulseAudio is installed, a private server of our own with a null sink as the cable; elsewhere a pipe that the
program reads as a recording, at the speed of sound.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import struct
import subprocess
import tempfile
import threading
import time
from pathlib import Path
from typing import IO, TYPE_CHECKING, Protocol

from ..errors import DeviceError
from ..types import SAMPLE_RATE

if TYPE_CHECKING:
    from ..types import Samples

_PULSE = """
load-module module-native-protocol-unix auth-anonymous=1 socket={socket}
load-module module-null-sink sink_name=cable rate=48000 norewinds=1
load-module module-null-sink sink_name=loudspeaker rate=48000 norewinds=1
load-module module-remap-source master=cable.monitor source_name=microphone
set-default-sink loudspeaker
set-default-source microphone
"""  # without norewinds the first frames come 1.7 s late
_PIECE = SAMPLE_RATE // 10
_START_S = 10.0


class Room(Protocol):
    """kind: for the report; arguments, env: what `aihear run` needs to listen here."""

    kind: str
    arguments: tuple[str, ...]
    env: dict[str, str]

    def play(self, sound: Samples) -> None:
        """From now on, again and again."""

    def close(self) -> None: ...


def build() -> Room:
    """Raises DeviceError where the sound server does not start."""
    if all(map(shutil.which, ("pulseaudio", "pactl", "pacat"))):
        return PulseRoom()
    return PipeRoom()


class _Writer:
    """Writes the present sound, over and over, to whoever reads `file`; the reader sets the pace."""

    def __init__(self, file: IO[bytes], sound: Samples) -> None:
        self._file = file
        self._sound = _pcm(sound)
        self._stopped = False
        self._thread = threading.Thread(target=self._write, name="room", daemon=True)
        self._thread.start()

    def play(self, sound: Samples) -> None:
        self._sound = _pcm(sound)

    def stop(self) -> None:
        self._stopped = True
        self._thread.join(timeout=1.0)  # one that waits for a reader ends with us

    def _write(self) -> None:
        at, sound = 0, self._sound
        with contextlib.suppress(OSError, ValueError):  # the reader has gone
            while not self._stopped:
                if sound is not self._sound:
                    at, sound = 0, self._sound
                self._file.write(sound[at : at + 2 * _PIECE])
                self._file.flush()
                at = at + 2 * _PIECE if at + 2 * _PIECE < len(sound) else 0


class PulseRoom:
    """Fulfils Room."""

    kind = "PulseAudio null sink, 48 kHz"
    arguments: tuple[str, ...] = ()

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="aihear-room-"))
        runtime = self._folder / "run"
        runtime.mkdir(mode=0o700)
        self.env = {
            "PULSE_SERVER": f"unix:{runtime / 'native'}",
            "PULSE_RUNTIME_PATH": str(runtime),
            "PULSE_STATE_PATH": str(self._folder),
            "PULSE_COOKIE": str(self._folder / "cookie"),
        }
        script = self._folder / "room.pa"
        script.write_text(_PULSE.format(socket=runtime / "native"))
        environment = {name: value for name, value in self._environment().items() if not name.startswith("DBUS_")}
        command = ["pulseaudio", "-n", "-F", str(script), "--daemonize=no", "--exit-idle-time=-1"]
        command += ["--use-pid-file=no", "--disable-shm=yes", f"--log-target=file:{self._folder / 'log'}"]
        self._server = subprocess.Popen(
            command, env=environment | {"HOME": str(self._folder)}, start_new_session=True, stdin=subprocess.DEVNULL
        )
        self._player: subprocess.Popen[bytes] | None = None
        self._writer: _Writer | None = None
        self._wait()

    def _environment(self) -> dict[str, str]:
        return os.environ | self.env

    def _wait(self) -> None:
        deadline = time.monotonic() + _START_S
        while b"microphone" not in self._ask("info"):
            if time.monotonic() > deadline:
                self.close()
                raise DeviceError("PulseAudio does not start", "no_sound_server", f"see {self._folder / 'log'}")
            time.sleep(0.05)

    def _ask(self, *question: str) -> bytes:
        command = ["pactl", *question]
        return subprocess.run(command, env=self._environment(), capture_output=True, timeout=10).stdout

    def play(self, sound: Samples) -> None:
        if self._writer is not None:
            self._writer.play(sound)
            return
        command = ["pacat", "--raw", "--format=s16le", f"--rate={SAMPLE_RATE}", "--channels=1", "--latency-msec=200"]
        self._player = subprocess.Popen(
            [*command, "--device=cable"], stdin=subprocess.PIPE, env=self._environment(), start_new_session=True
        )
        assert self._player.stdin is not None
        self._writer = _Writer(self._player.stdin, sound)

    def close(self) -> None:
        for process in filter(None, (self._player, self._server)):
            process.terminate()
            process.wait(timeout=10)
        if self._writer is not None:
            self._writer.stop()
        shutil.rmtree(self._folder, ignore_errors=True)


class PipeRoom:
    """Fulfils Room. What is played is heard two or three seconds later: the pipe holds so much."""

    kind = "a recording at the speed of sound, 16 kHz"

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="aihear-room-"))
        self._pipe = self._folder / "microphone.wav"
        os.mkfifo(self._pipe)
        self.arguments: tuple[str, ...] = ("--input", str(self._pipe), "--realtime")
        self.env: dict[str, str] = {}
        self._file = open(os.open(self._pipe, os.O_RDWR), "wb")  # noqa: SIM115  (read-write: opening never waits)
        self._file.write(_endless_wav())
        self._writer: _Writer | None = None

    def play(self, sound: Samples) -> None:
        if self._writer is None:
            self._writer = _Writer(self._file, sound)
        else:
            self._writer.play(sound)

    def close(self) -> None:
        if self._writer is not None:
            self._writer.stop()
        shutil.rmtree(self._folder, ignore_errors=True)


def _endless_wav() -> bytes:
    """The head of a WAV file of unknown length: 16 bit, mono."""
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, SAMPLE_RATE, 2 * SAMPLE_RATE, 2, 16)
    return struct.pack("<4sI4s", b"RIFF", 0xFFFFFFFF, b"WAVE") + form + struct.pack("<4sI", b"data", 0xFFFFFFFF)


def _pcm(sound: Samples) -> bytes:
    import numpy as np

    return bytes((np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes())
