"""Makes aihear_voice/bench/sentences/transcribed.tsv: sentences of that folder, as the starter hears them.

    python -m tests.make_understanding [MOST]

Speaks what the file does not hold yet, MOST of it at a time (0.15 s of computing each). To make all anew, leave only
the first line in it. Needs espeak-ng, and festival with festvox-kdlpc16k.

The voices: espeak-ng's variants that the starter was not trained on (assets/starter.toml says where it comes from), and
festival's ked, of another engine altogether. Sentences worded as it was trained are spoken by three voices; of the
others every fourth by one: they are reported apart.
"""

from __future__ import annotations

import csv
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from aihear_voice.bench import sentences
from aihear_voice.bench.sentences import COLUMNS, TRANSCRIBED, Sentence
from aihear_voice.types import SAMPLE_RATE, Audio

from . import rigs

VOICES = {
    "en": (
        "espeak:en-us+Alicia", "espeak:en-gb+benjamin", "espeak:en-us+Hugo", "espeak:en-us+linda", "espeak:en-gb+max",
        "espeak:en-us+steph2", "espeak:en-us+m7", "espeak:en-gb+f3", "festival:ked_diphone",
    ),
    "de": ("espeak:de+Alicia", "espeak:de+benjamin", "espeak:de+Hugo", "espeak:de+f3"),
    "es": ("espeak:es+linda", "espeak:es+max", "espeak:es-419+steph2", "espeak:es+m7"),
    "zh": ("espeak:cmn+Alicia", "espeak:cmn+benjamin", "espeak:cmn+Hugo", "espeak:cmn+f3"),
}  # fmt: skip
AROUND_S = 0.2  # of silence before and behind
TIMES = 3  # that a sentence of known wording is spoken
ROOM_RMS = 0.0002  # a microphone is never exactly silent


def utterances() -> list[tuple[Sentence, str]]:
    found = []
    for sentence in sentences.written():
        voices = VOICES.get(sentence.language)
        if voices is None or sentence.purpose != "assist":
            continue
        number = zlib.crc32(sentence.said.encode())
        kind = sentences.heard_kind(sentence.said, sentence.language)
        count = TIMES if kind == "transcribed" else 1 if number % 4 == 0 else 0
        found += [(sentence, voices[(number + turn) % len(voices)]) for turn in range(count)]
    return found


def spoken(text: str, voice: str) -> np.ndarray:
    engine, _, name = voice.partition(":")
    return _festival(text, name) if engine == "festival" else rigs.speech(text, voice)


def _festival(text: str, name: str) -> np.ndarray:
    with tempfile.TemporaryDirectory(prefix="aihear-speech-") as folder:
        path = Path(folder) / "speech.wav"
        command = ["text2wave", "-eval", f"(voice_{name})", "-F", str(SAMPLE_RATE), "-o", str(path)]
        subprocess.run(command, input=text, text=True, check=True, capture_output=True, timeout=60)
        return rigs.read_wav(path)


def transcribe(asked: Sequence[tuple[Sentence, str]]) -> dict[tuple[str, str, str], dict[str, str]]:
    from aihear_voice.recognition.recogniser import WhisperRecogniser
    from aihear_voice.settings import load

    recogniser = WhisperRecogniser(load(["recognition.model=starter"], env={}).recognition)
    random = np.random.default_rng(0)
    rows = {}
    try:
        for number, (sentence, voice) in enumerate(asked):
            silence = np.zeros(round(AROUND_S * SAMPLE_RATE), np.float32)
            samples = np.concatenate([silence, spoken(sentence.said, voice), silence])
            room = random.standard_normal(len(samples)).astype(np.float32) * np.float32(ROOM_RMS)
            heard = recogniser.transcribe(Audio(samples + room), "assist")
            print(f"{number + 1}/{len(asked)} {voice}: {sentence.said} → {heard.text}", file=sys.stderr, flush=True)
            values = (
                sentence.language,
                voice,
                sentence.said,
                heard.text,
                heard.language,
                "yes" if heard.reliable else "no",
            )
            rows[sentence.language, sentence.said, voice] = dict(zip(COLUMNS, values, strict=True))
    finally:
        recogniser.close()
    return rows


def main() -> None:
    asked = utterances()
    with TRANSCRIBED.open(encoding="utf-8", newline="") as file:
        lines = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        old = {(row["language"], row["said"], row["voice"]): row for row in lines}
    missing = [one for one in asked if (one[0].language, one[0].said, one[1]) not in old]
    rows = old | transcribe(missing[: int(sys.argv[1])] if len(sys.argv) > 1 else missing)
    with TRANSCRIBED.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, delimiter="\t", quoting=csv.QUOTE_NONE, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows[key] for key in ((s.language, s.said, voice) for s, voice in asked) if key in rows)


if __name__ == "__main__":
    main()
