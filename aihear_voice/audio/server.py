"""What PulseAudio, or PipeWire in its place, knows and PortAudio does not tell: names, moves, defaults.

Through ALSA, PortAudio sees the whole sound server as one device ("pulse"). So the server itself is asked, by
`pactl`: 7 ms a question. Where there is no `pactl` or no server, every answer is empty and nothing else changes.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["input", "output"]
_PATIENCE_S = 2.0  # a server that hangs must not take us with it


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A source or sink of the sound server.

    name: the server's ("alsa_input.usb-Blue_Yeti-00"); description: for people ("Blue Yeti")
    rate: Hz
    monitor: a source that gives what a loudspeaker plays
    quiet: exact zeros mean nothing here, because no hardware with noise of its own stands behind it
    """

    index: int
    name: str
    description: str
    rate: int
    channels: int
    monitor: bool = False
    quiet: bool = False


def endpoints(kind: Kind) -> list[Endpoint]:
    """All sources or sinks, in the server's order."""
    rows = _ask("list", "sources" if kind == "input" else "sinks")
    try:
        return [_endpoint(row) for row in rows or ()]
    except (KeyError, TypeError, ValueError, AttributeError):  # another version's answer
        return []


def can_be_asked() -> bool:
    return shutil.which("pactl") is not None


def answers() -> bool:
    """Whether there is a server to be asked."""
    return isinstance(_ask("info"), dict)


def default(kind: Kind) -> str:
    """The name of the default source or sink; "" where unknown."""
    told = _ask("info")
    key = "default_source_name" if kind == "input" else "default_sink_name"
    return str(told.get(key, "")) if isinstance(told, dict) else ""


def recorded_by(process: int) -> Endpoint | None:
    """The source that the newest recording of that process comes from now; the server may have moved it."""
    rows = _ask("list", "source-outputs")
    try:
        ours = [row for row in rows or () if _process(row) == str(process)]
        source = max(ours, key=lambda row: int(row["index"]))["source"]
    except (KeyError, TypeError, ValueError, AttributeError):  # none of ours, or another version's answer
        return None
    return next((endpoint for endpoint in endpoints("input") if endpoint.index == source), None)


def _process(row: dict[str, Any]) -> str:
    return str(row.get("properties", {}).get("application.process.id", ""))


def _endpoint(row: dict[str, Any]) -> Endpoint:
    # "s16le 2ch 48000Hz"
    _, channels, rate = str(row["sample_specification"]).split()[:3]
    return Endpoint(
        index=int(row["index"]),
        name=str(row["name"]),
        description=str(row.get("description") or row["name"]),
        rate=int(rate.removesuffix("Hz")),
        channels=int(channels.removesuffix("ch")),
        monitor=bool(row.get("monitor_source")),
        quiet="HARDWARE" not in row.get("flags", ()) and not row.get("mute", False),
    )


def _ask(*question: str) -> Any:
    try:
        answer = subprocess.run(
            ["pactl", "--format=json", *question],
            capture_output=True,
            timeout=_PATIENCE_S,
            check=True,
            env={**os.environ, "LC_ALL": "C"},
        )
        return json.loads(answer.stdout)
    except (OSError, subprocess.SubprocessError, ValueError):
        return None
