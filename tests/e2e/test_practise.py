"""Practising with the real program: a learner at the virtual microphone, who hears the virtual loudspeaker."""

import json
import sqlite3
import stat
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from aihear_voice import settings
from aihear_voice.pronunciation import by_phones
from aihear_voice.pronunciation.text import phones
from aihear_voice.pronunciation.text.words import split
from aihear_voice.speaking.voices import Pyttsx3Voice
from aihear_voice.types import Audio
from tests import rigs

TEXT = "The weather in London is good today."
FOX = "the quick brown fox"
LEARNER = "flite:rms"  # whose requests the starter model hears without a doubt


@pytest.mark.e2e
def test_say_it_now(pulse: rigs.PulseServer) -> None:
    program = subprocess.Popen(
        [sys.executable, "-m", "aihear_voice", "practise", TEXT, "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert program.stderr is not None
        prompt = next(line for line in program.stderr if line.startswith("Say it now"))
        assert TEXT in prompt
        pulse.play(rigs.join(1.0, rigs.speech(TEXT, "espeak:en-us+benjamin"), 0.5))
        out, err = program.communicate(timeout=90)
    finally:
        rigs.end(program)
    assert program.returncode == 0, err
    scores = json.loads(out)
    assert scores["completeness"] == 100
    assert "refused" not in scores


@pytest.fixture
def listening(home: Path, pulse: rigs.PulseServer, aihear):
    program = aihear("run")
    program.wait_for("Ready", 60)
    time.sleep(1.0)
    return program


def say(pulse: rigs.PulseServer, *parts: str | float) -> None:
    spoken = (rigs.speech(part, LEARNER) if isinstance(part, str) else part for part in parts)
    pulse.play(rigs.join(0.3, *spoken, 1.5))


def answer(program: rigs.Program) -> str:
    """What it says; the microphone is open again when this returns, or the lesson is over."""
    replied = program.wait_for("Replied", 40)
    assert replied["spoken"]
    program.wait_for("TurnEnded", 40, turn=replied["turn"])
    time.sleep(0.3)
    return str(replied["text"])


def request(pulse: rigs.PulseServer, program: rigs.Program, sentence: str) -> str:
    """After the wake word; a small model that is not sure of it asks back."""
    say(pulse, "hey jarvis", 0.4, sentence)
    told = answer(program)
    if told.endswith("Say yes or no."):
        say(pulse, "Yes")
        told = answer(program)
    return told


def says(recording: np.ndarray, text: str) -> bool:
    """Whether those words are in what the loudspeaker played."""
    loud = np.flatnonzero(np.abs(recording) > 0.01)
    heard = Audio(recording[loud[0] : loud[-1]]) if len(loud) else Audio(recording)
    report = by_phones.assess(text, phones.look_up(split(text)), heard)
    return report.why is None and report.completeness == 100


@pytest.mark.e2e
def test_a_lesson_from_the_request_to_the_progress(home: Path, pulse: rigs.PulseServer, listening) -> None:
    with pulse.record() as recording:
        assert request(pulse, listening, f"Check my pronunciation of {FOX}") == f"Say: {FOX}"
    assert says(recording.samples, FOX), "the model answer is not heard"

    with pulse.record() as recording:
        say(pulse, "Say it slowly")
        assert answer(listening) == FOX
    assert says(recording.samples, FOX)
    assert spoken_s(recording.samples) > 1.3 * usually_s(FOX)

    say(pulse, "The brown fox")
    first = answer(listening)
    assert first.startswith("I did not hear “quick”.")
    assert first.endswith(f"Once more: {FOX}")

    say(pulse, "Try again")
    assert answer(listening) == f"Say: {FOX}"
    say(pulse, FOX)
    assert answer(listening).startswith("That was better.")
    assert [event["refused"] for event in listening.all("Scored")] == ["", ""]
    one, two = (event["score"] for event in listening.all("Scored"))
    assert two > one + 4

    assert listening.all("Typed") == listening.all("Ran") == []
    assert listening.stop() == 0
    look_at_progress(home, one, two)


def usually_s(text: str) -> float:
    """How long the program's voice takes for it."""
    with closing(Pyttsx3Voice(settings.load([]).speaking)) as voice:
        samples, rate = voice.synthesise(text, "en")
    return spoken_s(rigs.resample(samples, rate, rigs.RATE))


def spoken_s(samples: np.ndarray) -> float:
    loud = np.flatnonzero(np.abs(samples) > 0.01)
    return (loud[-1] - loud[0]) / rigs.RATE


def look_at_progress(home: Path, one: float, two: float) -> None:
    path = home / "state" / "aihear" / "practice.db"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with sqlite3.connect(path) as base:
        kept = base.execute("SELECT text, score FROM attempt ORDER BY id").fetchall()
    assert kept == [(FOX, one), (FOX, two)]
    shown = rigs.aihear_once("practise", "--progress", "--json")
    progress = json.loads(shown.stdout)
    assert progress["attempts"] == 2
    (text,) = progress["texts"]
    assert (text["text"], text["attempts"], text["first"], text["last"]) == (FOX, 2, one, two)
    assert text["due"] is not None
    sounds = {sound["phone"]: sound for sound in progress["sounds"]}
    assert {"B", "R", "F"} <= set(sounds)
    assert sounds["F"]["attempts"] == 2
    assert sounds["W"]["attempts"] == 1, "it is only in the word that was left out at first"


@pytest.mark.e2e
def test_in_a_room_that_hears_the_loudspeaker_the_learner_is_heard(pulse: rigs.PulseServer, listening) -> None:
    """Who repeats what our own voice has just said is not taken for it; our voice is not taken for them."""
    with pulse.loopback(-12):
        assert request(pulse, listening, "Check my pronunciation of library") == "Say: library"
        assert answer(listening).endswith("Once more: library"), "nothing was said"
        pulse.play(rigs.join(rigs.speech("library", LEARNER), 1.5))
        answer(listening)
        (silent, said) = listening.all("Scored")
        assert (silent["score"], said["target"], said["refused"]) == (None, "library", "")
        say(pulse, "Stop")
        assert answer(listening) == "All right, we stop here."
    listening.wait_for("ModeChanged", 10, mode="idle")
