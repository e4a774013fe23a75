"""Fixtures: see rigs.py for what they give.

The tests never see the person's files, screen or sound server: those are taken out of the environment
before the first test, so that a test without `pulse` or `screen` runs as on a machine that has none.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from . import rigs
from .wayland import SwaySession

_PERSONAL = ("DISPLAY", "WAYLAND_DISPLAY", "PULSE_SERVER", "PULSE_RUNTIME_PATH", "DBUS_SESSION_BUS_ADDRESS")
_XDG = {"CONFIG": "config", "DATA": "data", "STATE": "state", "CACHE": "cache"}
_session_home = Path(tempfile.gettempdir())


def _home_variables(folder: Path) -> dict[str, str]:
    runtime = folder / "run"
    runtime.mkdir(mode=0o700)
    variables = {f"XDG_{name}_HOME": str(folder / part) for name, part in _XDG.items()}
    return variables | {"HOME": str(folder), "XDG_RUNTIME_DIR": str(runtime)}


def pytest_configure(config: pytest.Config) -> None:
    global _session_home
    for name in list(os.environ):
        if name in _PERSONAL or name.startswith("AIHEAR__"):
            del os.environ[name]
    _session_home = Path(tempfile.mkdtemp(prefix="aihear-home-"))
    os.environ.update(_home_variables(_session_home))


def pytest_unconfigure(config: pytest.Config) -> None:
    shutil.rmtree(_session_home, ignore_errors=True)


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty home of this test's own; HOME and the XDG folders point into it."""
    # Not tmp_path: the control socket's path must fit into 107 bytes.
    folder = Path(tempfile.mkdtemp(prefix="aihear-"))
    for name, value in _home_variables(folder).items():
        monkeypatch.setenv(name, value)
    _share_prepared_models(folder)
    yield folder
    # A desktop portal that a window has called mounts a folder in there, and gives it back only when it ends.
    shutil.rmtree(folder, ignore_errors=True)


def _share_prepared_models(folder: Path) -> None:
    """Preparing a model takes seconds, and gives the same each time."""
    shared = _session_home / _XDG["CACHE"] / "aihear" / "models"
    shared.mkdir(parents=True, exist_ok=True)
    own = folder / _XDG["CACHE"] / "aihear"
    own.mkdir(parents=True)
    (own / "models").symlink_to(shared)


@pytest.fixture
def speech() -> Callable[..., rigs.np.ndarray]:
    """speech(text, voice="flite:slt", rate=None) -> float32 16 kHz."""
    return rigs.speech


@pytest.fixture(scope="session")
def pulse_server() -> Iterator[rigs.PulseServer]:
    server = rigs.PulseServer()
    yield server
    server.close()


@pytest.fixture
def pulse(pulse_server: rigs.PulseServer, monkeypatch: pytest.MonkeyPatch) -> rigs.PulseServer:
    """A private PulseAudio; this process and those it starts use it."""
    pulse_server.reset()
    for name, value in pulse_server.env.items():
        monkeypatch.setenv(name, value)
    return pulse_server


@pytest.fixture(scope="session")
def x_server() -> Iterator[rigs.Screen]:
    screen = rigs.Screen()
    yield screen
    screen.close()


@pytest.fixture
def screen(x_server: rigs.Screen, monkeypatch: pytest.MonkeyPatch) -> Iterator[rigs.Screen]:
    """A screen with one empty, focused text window; this process and those it starts use it."""
    for name, value in x_server.env.items():
        monkeypatch.setenv(name, value)
    x_server.reset()
    x_server.window()
    yield x_server
    x_server.reset()


@pytest.fixture(scope="session")
def sway_session() -> Iterator[SwaySession]:
    session = SwaySession()
    yield session
    session.close()


@pytest.fixture
def sway(sway_session: SwaySession, monkeypatch: pytest.MonkeyPatch) -> Iterator[SwaySession]:
    """An empty Wayland session; this process and those it starts use it, and no other screen."""
    monkeypatch.delenv("DISPLAY", raising=False)
    for name, value in sway_session.env.items():
        monkeypatch.setenv(name, value)
    sway_session.reset()
    yield sway_session
    sway_session.reset()


@pytest.fixture
def aihear() -> Iterator[Callable[..., rigs.Program]]:
    """aihear("run", ...) starts the program with --json; see rigs.Program. All of them end with the test."""
    started: list[rigs.Program] = []

    def start(*arguments: str, env: dict[str, str] | None = None) -> rigs.Program:
        started.append(rigs.Program(*arguments, env=env))
        return started[-1]

    yield start
    for program in started:
        program.kill()
