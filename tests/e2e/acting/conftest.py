"""Fixtures of tests of typing: see desks.py."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ...rigs import Screen
from ...wayland import Hand, SwaySession
from .desks import SwayDesk, XDesk


@pytest.fixture
def hand(sway: SwaySession) -> Iterator[Hand]:
    opened = Hand()
    yield opened
    opened.close()


@pytest.fixture
def x_desk(screen: Screen) -> Iterator[XDesk]:
    opened = XDesk(screen)
    yield opened
    opened.close()


@pytest.fixture
def sway_desk(sway: SwaySession, hand: Hand) -> SwayDesk:
    return SwayDesk(sway, hand)


@pytest.fixture
def shell(x_desk: XDesk, tmp_path: Path) -> Path:
    """A shell in a terminal reads a line into this file."""
    x_desk.shell(tmp_path / "line.txt")
    return tmp_path / "line.txt"
