"""The command line: `aihear COMMAND`. One small file a command; only the one that is asked for is imported."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
import traceback
from collections.abc import Sequence

from .. import __version__
from ..errors import EXIT_DONE, EXIT_FAULT, AihearError

COMMANDS = {
    "run": "the assistant: listen, understand, act, answer",
    "trigger": "start, stop, toggle, hold, dictate, cancel, mute or unmute a running assistant",
    "transcribe": "write down what recordings say",
    "ask": "route one written sentence",
    "say": "speak a text",
    "practise": "check the pronunciation of a text",
    "models": "list, pull, verify, import or remove speech models",
    "plugins": "list, make or check plugins",
    "wake": "try the wake word on your microphone",
    "settings": "show, locate or edit the settings",
    "history": "what was said and done: list, show, retry, copy, delete, actions",
    "bench": "measure speed, accuracy and cost on this computer",
    "doctor": "what works here, what does not, and what to do",
}
_EPILOG = "Nothing leaves this computer. `aihear COMMAND --help` tells more; `aihear doctor` checks this machine."


def main(argv: Sequence[str] | None = None) -> int:
    """Returns the exit code: 0 done, 1 a fault, 2 bad usage or settings, 3 device, 4 model, 5 plugin."""
    words = list(sys.argv[1:] if argv is None else argv)
    arguments = _parser(words).parse_args(words)
    try:
        return int(arguments.handler(arguments))
    except AihearError as error:
        return complain(error)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # the reader of our output went away, as `| head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_DONE
    except Exception:  # the boundary: a fault of ours, shown once and whole
        traceback.print_exc()
        print("aihear: this is a fault of the program; please report it with the lines above", file=sys.stderr)
        return EXIT_FAULT


def complain(error: AihearError) -> int:
    """One line, a hint, the exit code."""
    print(f"aihear: {error.message}", file=sys.stderr)
    if error.hint:
        print(f"  hint: {error.hint}", file=sys.stderr)
    return error.exit_code


def _parser(words: Sequence[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="aihear", description="An offline voice assistant and dictation agent.", epilog=_EPILOG
    )
    parser.add_argument("--version", action="version", version=f"aihear {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    asked = next((word for word in words if word in COMMANDS), None)
    for name, summary in COMMANDS.items():
        command = commands.add_parser(name, help=summary, description=summary[0].upper() + summary[1:] + ".")
        command.add_argument(
            "--set", action="append", default=[], metavar="KEY=VALUE", help="change a setting for this call"
        )
        if name == asked:
            module = importlib.import_module(f".{name}", __name__)
            module.configure(command)
            command.set_defaults(handler=module.run)
    return parser
