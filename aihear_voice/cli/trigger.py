"""aihear trigger: for key bindings of the desktop, foot pedals and scripts."""

from __future__ import annotations

import argparse

from ..control import ACTIONS, send
from ..errors import EXIT_DONE


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("action", choices=ACTIONS)
    parser.epilog = (
        "hold, dictate: for a key that goes down; stop: for its release. start ends by itself where you fall silent."
    )


def run(arguments: argparse.Namespace) -> int:
    send(arguments.action)
    return EXIT_DONE
