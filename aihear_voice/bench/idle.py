"""aihear bench idle: what it costs that the program listens all day.

The real program is started, as a process of its own, on a microphone that hears a quiet room and then other
people's speech.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import settings
from ..errors import EXIT_DONE, AihearError, SettingsError

if TYPE_CHECKING:
    from .room import Room

ROOM_DB = -60.0  # rms re full scale
SPEECH_DB = -30.0
READY_WITHIN_S = 60.0
SETTLED_WITHIN_S = 300.0  # a checkpoint may have to be converted first
SETTLED = 0.5  # of a core: below, the model has been loaded
MODEL = "base"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seconds", type=float, default=30.0, metavar="N", help="of each measurement (default: 30)")
    parser.add_argument("--starts", type=int, default=3, metavar="N", help="how often the start is measured")
    parser.add_argument("--model", metavar="NAME|PATH", help=f"default: {MODEL}, with random weights where not pulled")


def run(arguments: argparse.Namespace) -> int:
    from . import hearing, room

    if not Path("/proc/self/smaps_rollup").exists():
        raise SettingsError("this benchmark reads /proc, which only Linux has", "not_here", "run it on Linux")
    with tempfile.TemporaryDirectory(prefix="aihear-idle-") as folder:
        model, title = _model(arguments.model, Path(folder))
        place = room.build()
        try:
            result = _measure(arguments, place, model, Path(folder)) | {"microphone": place.kind, "model": title}
        finally:
            place.close()
    result["wake"] = hearing.compare(settings.load(arguments.set))
    _report(result)
    if arguments.json:
        print(json.dumps(result))
    return EXIT_DONE


def _model(wanted: str | None, folder: Path) -> tuple[str, str]:
    """What `--model` takes, and how to call it."""
    from .models import checkpoint

    if wanted:
        return wanted, wanted
    path, official = checkpoint(MODEL, folder)
    return str(path), f"{MODEL}, {'official' if official else 'random'} weights"


def _measure(arguments: argparse.Namespace, place: Room, model: str, folder: Path) -> dict[str, Any]:
    from . import processes, sounds

    quiet = sounds.room(20.0, ROOM_DB)
    place.play(quiet)
    flags = [f"--set={flag}" for flag in arguments.set] + ["--model", model]
    starts = [_start_only(place, flags, folder) for _ in range(arguments.starts - 1)]
    with _listening(place, flags, folder) as program:
        starts.append(program.ready_s)
        program.settle()
        noise = program.load(arguments.seconds)
        sizes = processes.pss_mb(program.pid)
        speech = None
        if sounds.can_speak():
            talk = sounds.conversation(SPEECH_DB)
            place.play(talk + sounds.white(len(talk) / 16_000, ROOM_DB)[: len(talk)])
            time.sleep(5.0)
            speech = round(100 * program.load(arguments.seconds), 2)
        after = processes.pss_mb(program.pid)
    return {
        "noise_percent": round(100 * noise, 2),
        "speech_percent": speech,
        "pss_mb": round(sum(sizes.values()), 1),
        "pss_mb_by_process": {name: round(size, 1) for name, size in sizes.items()},
        "pss_mb_after_speech": round(sum(after.values()), 1),
        "ready_s": round(statistics.median(starts), 3),
        "ready_s_each": [round(start, 3) for start in starts],
        "seconds": arguments.seconds,
        "events": dict(sorted(program.counts.items())),
    }


def _start_only(place: Room, flags: list[str], folder: Path) -> float:
    with _listening(place, flags, folder) as program:
        return program.ready_s


class Listening:
    """`aihear run` as a process. counts: its events by type; ready_s: from its start to `Ready`."""

    def __init__(self, place: Room, flags: list[str], folder: Path) -> None:
        """Raises AihearError where it does not become ready."""
        environment = os.environ | place.env
        # An assistant that runs already is left alone, and no prepared model of random weights is left behind.
        for name in ("XDG_RUNTIME_DIR", "XDG_STATE_HOME", "XDG_CACHE_HOME"):
            (folder / name).mkdir(mode=0o700, exist_ok=True)
            environment[name] = str(folder / name)
        command = [sys.executable, "-m", "aihear_voice", "run", "--json", "--set", 'audio.input_device=""']
        self.counts: dict[str, int] = {}
        self._ready = threading.Event()
        self._complaints = folder / "stderr"
        started = time.monotonic()
        with self._complaints.open("wb") as complaints:
            self._process = subprocess.Popen(
                [*command, *place.arguments, *flags],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=complaints,
            )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        if not self._ready.wait(READY_WITHIN_S) or not self.counts.get("Ready"):
            self.stop()
            said = self._complaints.read_text(errors="replace").strip()[-500:]
            raise AihearError(f"the program did not start: {said}", "not_ready", "try: aihear run --json")
        self.ready_s = self._ready_at - started
        self.pid = self._process.pid

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            now = time.monotonic()
            name = json.loads(line)["type"]
            self.counts[name] = self.counts.get(name, 0) + 1
            if name == "Ready":
                self._ready_at = now
                self._ready.set()
        self._ready.set()  # it has ended

    def load(self, seconds: float) -> float:
        """Cores used, over so many seconds, by all its processes together."""
        from .processes import processor_seconds

        before, start = processor_seconds(self.pid), time.monotonic()
        time.sleep(seconds)
        return (processor_seconds(self.pid) - before) / (time.monotonic() - start)

    def settle(self) -> None:
        """Until the model has been loaded."""
        deadline = time.monotonic() + SETTLED_WITHIN_S
        calm = 0
        while calm < 3 and time.monotonic() < deadline:
            calm = calm + 1 if self.load(1.0) < SETTLED else 0

    def stop(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


@contextlib.contextmanager
def _listening(place: Room, flags: list[str], folder: Path) -> Iterator[Listening]:
    program = Listening(place, flags, folder)
    try:
        yield program
    finally:
        program.stop()


def _report(result: dict[str, Any]) -> None:
    speech = result["speech_percent"]
    print(f"microphone            {result['microphone']}; model: {result['model']}")
    print(f"in a quiet room       {result['noise_percent']:.1f} % of one core ({ROOM_DB:g} dBFS)")
    print(f"in others' speech     {'not measured: no espeak-ng' if speech is None else f'{speech:.1f} % of one core'}")
    print(f"memory (PSS)          {result['pss_mb']:.0f} MB, all processes together")
    if (wake := result["wake"]) is not None:
        hits = f"{wake['hits_with_gate']} with the gate, {wake['hits_without_gate']} without it"
        print(f"wake word             {hits}, of {wake['trials']}")
    print(f"start to first frame  {result['ready_s']:.2f} s")
