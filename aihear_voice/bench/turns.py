"""Where the time of a turn goes, in the real program: spoken commands at the speed of sound.

From the last sample of speech (known: we made the sound) to the declared end of the utterance by the audio clock, from
there to the text and to the match by the clock on the wall.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..audio.save import write_flac
from ..types import SAMPLE_RATE, Audio
from . import sounds

if TYPE_CHECKING:
    from ..types import Samples

COMMANDS = (
    "What time is it?",
    "Set a timer for ten minutes.",
    "Open the calculator.",
    "Scroll down.",
    "Take a screenshot.",
    "Next window.",
)
STAGES = ("silence waited for", "to the text", "to the match")
_AUDIBLE = 0.01  # of the loudest sample: 40 dB
_BETWEEN_S = 3.5
_LEAD_S = 4.0  # the model is loaded meanwhile


@dataclass(frozen=True, slots=True)
class Script:
    """ends: seconds of the sound at which each command's last sample of speech lies"""

    sound: Samples
    ends: Sequence[float]


def measure(count: int, flags: Sequence[str]) -> dict[str, Any]:
    """Milliseconds by stage: medians, and median and 95th percentile of the whole."""
    script = _script(count)
    return _summary([stages for stages in map(_stages, script.ends, _turns(script, flags)) if stages], count)


def _script(count: int) -> Script:
    names = sounds.voices()
    parts = [np.zeros(round(_LEAD_S * SAMPLE_RATE), np.float32)]
    ends: list[float] = []
    for number in range(count):
        voice = names[number % len(names)]
        parts += [sounds.spoken("hey jarvis", voice), np.zeros(SAMPLE_RATE // 2, np.float32)]
        command = sounds.spoken(COMMANDS[number % len(COMMANDS)], voice)
        audible = np.flatnonzero(np.abs(command) > _AUDIBLE * np.abs(command).max())
        ends.append((sum(map(len, parts)) + int(audible[-1])) / SAMPLE_RATE)
        parts += [command, np.zeros(round(_BETWEEN_S * SAMPLE_RATE), np.float32)]
    sound = np.concatenate(parts)
    return Script(sound + sounds.white(len(sound) / SAMPLE_RATE, -60.0)[: len(sound)], ends)


def _turns(script: Script, flags: Sequence[str]) -> list[dict[str, tuple[float, float]]]:
    """Of each command: by event, when it lies on the audio clock, and when it came."""
    came: list[tuple[float, dict[str, Any]]] = []
    with tempfile.TemporaryDirectory(prefix="aihear-turns-") as folder:
        path = Path(folder) / "commands.flac"
        write_flac(path, Audio(script.sound, 0.0))
        command = [
            sys.executable, "-m", "aihear_voice", "run", "--json", "--dry-run", "--realtime", "--input", str(path),
        ]  # fmt: skip
        environment = os.environ | {"XDG_STATE_HOME": folder}
        with subprocess.Popen([*command, *flags], stdout=subprocess.PIPE, env=environment) as process:
            assert process.stdout is not None
            came = [(time.monotonic(), json.loads(line)) for line in process.stdout]
    return [_near(came, end) for end in script.ends]


def _near(came: Sequence[tuple[float, Mapping[str, Any]]], end: float) -> dict[str, tuple[float, float]]:
    """The events of the turn whose utterance was declared to have ended next after `end`."""
    ended = [event for _, event in came if event["type"] == "SpeechEnded" and end < event["at"] < end + _BETWEEN_S]
    turn = ended[0]["turn"] if ended else None
    return {event["type"]: (event["at"], moment) for moment, event in reversed(came) if event["turn"] == turn}


def _stages(end: float, turn: Mapping[str, tuple[float, float]]) -> tuple[float, float, float] | None:
    """None for a command that was not understood: it has no match to wait for."""
    if not {"SpeechEnded", "FinalText", "Matched"} <= turn.keys():
        return None
    (declared, ended), (_, text), (_, match) = (turn[name] for name in ("SpeechEnded", "FinalText", "Matched"))
    return declared - end, text - ended, match - text


def _summary(stages: Sequence[tuple[float, float, float]], count: int) -> dict[str, Any]:
    if not stages:
        return {"commands": count, "understood": 0}
    table = np.array(stages) * 1000
    whole = table.sum(axis=1)
    return {
        "commands": count,
        "understood": len(stages),
        "stages_ms": dict(zip(STAGES, (round(float(value), 1) for value in np.median(table, axis=0)), strict=True)),
        "text_ms": _spread(table[:, 1]),
        "matched_ms": _spread(whole),
    }


def _spread(values: Any) -> dict[str, float]:
    return {name: round(float(np.percentile(values, share)), 1) for name, share in (("median", 50), ("p95", 95))}
