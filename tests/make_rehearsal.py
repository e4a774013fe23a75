"""Makes aihear_voice/assets/rehearsal.flac, which `aihear run` plays to itself where there is no microphone.

    python -m tests.make_rehearsal [FILE]

Our own work: sentences of ours, spoken by espeak-ng and flite. Each request was chosen so that the starter
checkpoint knows the sentence in that voice and is sure of it, with 0 to 0.6 s of lead ("ten" is one of its weak
points: of eight voices it was always sure of this one only), and so that openWakeWord scores its "hey jarvis" over
0.9. The requests in one breath (no pause after the wake word) have flite's voices: espeak-ng runs the words together.
The lone "weather" is meant to be refused: the starter does not know single words, and says so.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from aihear_voice import paths
from aihear_voice.audio.save import write_flac
from aihear_voice.types import Audio

from . import rigs

WAKE = "hey jarvis"
BETWEEN_S = 2.5  # of silence: an utterance ends after 0.7 s, dictation's after 0.9 s
SPEECH_RMS = 0.08
ROOM_RMS = 0.00006  # two steps of 16 bit: a microphone is never exactly silent


@dataclass(frozen=True)
class Line:
    """pause: seconds between wake word and request; 0 is one breath; None where no wake word is needed."""

    voice: str
    text: str
    pause: float | None


LINES = (
    Line("flite:slt", "what time is it", 0),
    Line("espeak:en-us+benjamin", "set a timer for ten minutes", 0.5),
    Line("flite:rms", "take a screenshot", 0),
    Line("espeak:en-us+steph2", "volume up", 0.3),
    Line("flite:kal16", "what can you do", 0),
    Line("espeak:en-gb-x-rp", "open the browser", 0.5),
    Line("flite:slt", "how much time is left", 0.4),
    Line("espeak:en-us+max", "check my pronunciation of weather", 0.3),
    Line("flite:slt", "weather", None),
    Line("flite:rms", "scroll down", 0),
    Line("espeak:en-us+m5", "press enter", 0.5),
    Line("espeak:en-us+Hugo", "start dictation", 0.3),
    Line("espeak:en-us+Hugo", "Thank you very much, Laura.", None),
    Line("espeak:en-us+Hugo", "Let me know if you have any questions.", None),
    Line("espeak:en-us+Hugo", "scratch that", None),
    Line("espeak:en-us+Hugo", "stop dictation", None),
)


def spoken(line: Line) -> np.ndarray:
    if line.pause is None:
        return levelled(rigs.speech(line.text, line.voice))
    if line.pause == 0:
        return levelled(rigs.speech(f"{WAKE} {line.text}", line.voice))
    parts = [levelled(rigs.speech(text, line.voice)) for text in (WAKE, line.text)]
    return rigs.join(parts[0], line.pause, parts[1])


def levelled(samples: np.ndarray) -> np.ndarray:
    """All voices equally loud, whatever their engine makes of it; the silence that engines add is cut off."""
    loud = np.flatnonzero(np.abs(samples) > 0.01 * np.abs(samples).max())
    samples = samples[max(loud[0] - 320, 0) : loud[-1] + 320]
    return np.clip(samples * (SPEECH_RMS / rigs.rms(samples)), -0.99, 0.99)


def recording() -> Audio:
    parts = [part for line in LINES for part in (BETWEEN_S, spoken(line))]
    samples = rigs.join(*parts, BETWEEN_S)
    return Audio((samples + rigs.noise(len(samples) / rigs.RATE, ROOM_RMS)).astype(np.float32))


def main() -> None:
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else paths.assets() / "rehearsal.flac"
    audio = recording()
    write_flac(path, audio)
    path.chmod(0o644)
    print(f"{path}: {audio.duration:.0f} s, {path.stat().st_size / 1000:.0f} kB, {len(LINES)} utterances")


if __name__ == "__main__":
    main()
