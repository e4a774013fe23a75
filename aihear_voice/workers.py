"""Workers: processes of one kind, spawned and killable, for what may hang, crash or must be stopped.

The recogniser, the voice and the typist run in these. A call that must not be waited for any longer is
ended by killing the process; the next call starts a fresh one.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib
import multiprocessing
import signal
import threading
from multiprocessing.connection import Connection
from typing import Any

from .errors import AihearError

_spawn = multiprocessing.get_context("spawn")  # fork would copy locks of PortAudio's and torch's threads


def trim() -> None:
    """Give freed memory back to the system: after loading a model of base size, glibc keeps 60 MB that nobody uses."""
    with contextlib.suppress(OSError, AttributeError):  # another C library
        ctypes.CDLL(None).malloc_trim(0)


class WorkerDied(AihearError):
    """The process ended, or was killed, before it answered."""


class Worker:
    """One object in a process of its own.

    factory: "package.module:callable", called there with `options`; its methods are called by name.
    Calls are answered one at a time; `kill` may come from any thread and ends the call under way.
    """

    def __init__(self, name: str, factory: str, options: dict[str, Any], timeout: float = 60.0) -> None:
        self.name = name
        self._factory = factory
        self._options = options
        self._timeout = timeout
        self._turnstile = threading.Lock()
        self._process: multiprocessing.process.BaseProcess | None = None
        self._pipe: Connection | None = None

    def call(self, method: str, *args: Any, timeout: float | None = None) -> Any:
        """Raises what the method raised, or WorkerDied."""
        with self._turnstile:
            pipe = self._started()
            try:
                pipe.send((method, args))
                if not pipe.poll(self._timeout if timeout is None else timeout):
                    self.kill()
                    raise WorkerDied(f"{self.name} did not answer in time", "worker_timeout", "it was restarted")
                ok, value = pipe.recv()
            except (EOFError, OSError) as error:
                self.kill()
                raise WorkerDied(f"{self.name} stopped", "worker_died", "it is started again when needed") from error
        if ok:
            return value
        raise value

    @property
    def alive(self) -> bool:
        """Its process runs: the next call starts none."""
        process = self._process
        return process is not None and process.is_alive()

    def _started(self) -> Connection:
        if self._pipe is not None and self.alive:
            return self._pipe
        here, there = _spawn.Pipe()
        process = _spawn.Process(
            target=_serve, args=(there, self._factory, self._options), name=f"aihear-{self.name}", daemon=True
        )
        process.start()
        there.close()
        self._process, self._pipe = process, here
        return here

    def kill(self) -> None:
        """End the process now. Harmless where there is none."""
        process, self._process, self._pipe = self._process, None, None
        if process is not None:
            process.kill()
            process.join(timeout=1.0)


def _serve(pipe: Connection, factory: str, options: dict[str, Any]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the program's to handle; it closes us
    module, _, name = factory.partition(":")
    target: Any = None
    while True:
        try:
            method, args = pipe.recv()
        except (EOFError, OSError):
            return
        try:
            if target is None:
                target = getattr(importlib.import_module(module), name)(**options)
            answer = (True, getattr(target, method)(*args))
        except Exception as error:  # the boundary: every fault goes back to the caller
            answer = (False, _portable(error))
        try:
            pipe.send(answer)
        except (BrokenPipeError, OSError):
            return


def _portable(error: Exception) -> AihearError:
    """Errors of libraries may not unpickle on the other side; ours do."""
    if isinstance(error, AihearError):
        return error
    return AihearError(f"{type(error).__name__}: {error}", "worker_fault")
