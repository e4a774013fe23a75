"""aihear doctor: what works here, what does not, and what to do."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..doctor import Part

_NAME_WIDTH = 22
_INDENT = " " * (9 + _NAME_WIDTH)
_WITHOUT_DEVICES = (
    "Without them these still work: aihear ask, aihear transcribe, aihear practise --audio, aihear run --input."
)


def configure(parser: argparse.ArgumentParser) -> None:
    parser.epilog = "Exit code: 0 all is well, 2 settings, 3 a device, 4 a model, 5 a plugin, 1 a fault of the program."
    parser.add_argument("--json", action="store_true", help="print {ok, exit_code, parts: [...]}")


def run(arguments: argparse.Namespace) -> int:
    from ..doctor import examine, exit_code

    parts: list[Part] = []
    for part in examine(arguments.set):
        parts.append(part)
        if not arguments.json:
            print("\n".join(_lines(part)), flush=True)
    code = exit_code(parts)
    if arguments.json:
        print(json.dumps({"ok": code == 0, "exit_code": code, "parts": [_row(p) for p in parts]}, ensure_ascii=False))
    else:
        print(f"\n{_summary(parts)}")
    return code


def _row(part: Part) -> dict[str, object]:
    return asdict(part)


def _lines(part: Part) -> list[str]:
    state = "ok" if part.ok else "MISSING" if part.kind == "device" else "WRONG"
    lines = [f"{state:<8} {part.name:<{_NAME_WIDTH}}{part.says}"]
    if part.remedy:
        lines.append(f"{_INDENT}{'tip' if part.ok else 'do'}: {part.remedy}")
    return lines


def _summary(parts: Sequence[Part]) -> str:
    wrong = [part for part in parts if not part.ok]
    if not wrong:
        return "All is well. Start it: aihear run"
    names = ", ".join(part.name for part in wrong)
    missing = f"{len(wrong)} of {len(parts)} parts need something: {names}."
    return f"{missing}\n{_WITHOUT_DEVICES}" if all(part.kind == "device" for part in wrong) else missing
