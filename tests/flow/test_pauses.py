"""Pauses, quick ends, amendments and long dictation by `aihear run --input`. Times are of the audio clock."""

import itertools
import re

import numpy as np
import pytest

from ..rigs import join, noise, speech
from .test_run import run

pytestmark = pytest.mark.usefixtures("home")


def trimmed(text, voice):
    """Without the silence around it, so that it is known where the last sample of speech is."""
    sound = speech(text, voice)
    loud = np.flatnonzero(np.abs(sound) > 0.01 * np.abs(sound).max())
    return sound[loud[0] : loud[-1] + 1]


class Recording:
    """Spoken pieces, and where each begins and ends, in a quiet room."""

    def __init__(self):
        self.parts, self.length, self.spans = [], 0.0, []

    def add(self, *parts):
        for part in parts:
            self.parts.append(part)
            self.length += part if isinstance(part, float) else len(part) / 16000

    def request(self, voice, *pieces, pause=0.6, after=4.0):
        """pieces: said with pauses between them; the span is that of all pieces."""
        self.add(1.0, speech("hey jarvis", voice), 0.4)
        begin = self.length
        for number, piece in enumerate(pieces):
            self.add(*([pause] if number else []), trimmed(piece, voice))
        self.spans.append((begin, self.length))
        self.add(after)

    @property
    def sound(self):
        clean = join(*self.parts)
        return clean + noise(len(clean) / 16000, 0.0007, 4)[: len(clean)]


def of(happened, kind, span, slack=3.5):
    return [event for event in happened if event["type"] == kind and span[0] < event["at"] < span[1] + slack]


PAUSED = [
    ("flite:awb", "what time", "is it"), ("espeak:en-us+linda", "take a", "screenshot"),
    ("flite:rms", "open", "the calculator"), ("espeak:en-us+max", "close the", "browser"),
    ("espeak:en-gb+Hugo", "set an alarm for", "seven o'clock"), ("flite:slt", "set a timer for", "five minutes"),
    ("espeak:en-us+f3", "open the", "browser"), ("flite:kal16", "what time", "is it"),
]  # fmt: skip


def test_a_pause_inside_a_request_does_not_end_it(tmp_path):
    recording = Recording()
    for voice, *pieces in PAUSED:
        recording.request(voice, *pieces)
    happened = run(tmp_path, recording.sound)
    whole = 0
    for span in recording.spans:
        ends = of(happened, "SpeechEnded", span)
        whole += bool(ends) and ends[0]["at"] >= span[1] and ends[0]["duration"] >= span[1] - span[0] - 0.2
    assert whole >= len(PAUSED) - 1, [e for e in happened if e["type"] in ("SpeechEnded", "FinalText")]


QUICK = [
    "what time is it", "open the browser", "take a screenshot", "volume up", "lock the screen", "press enter",
    "scroll down", "next song", "cancel the timer", "pause the music", "what can you do", "close the browser",
]  # fmt: skip
QUICK_VOICES = ["flite:slt", "espeak:en-us+max", "flite:rms", "espeak:en-gb+Hugo", "flite:awb", "espeak:en-us+f3"]


def test_a_complete_command_is_not_kept_waiting(tmp_path):
    recording = Recording()
    for number, text in enumerate(QUICK):
        recording.request(QUICK_VOICES[number % len(QUICK_VOICES)], text)
    happened = run(tmp_path, recording.sound)
    waits = [
        events[0]["at"] - span[1] for span in recording.spans if (events := of(happened, "SpeechEnded", span))
    ]  # where the end was declared: no computing is in it
    assert len(waits) >= len(QUICK) - 1
    assert sorted(waits)[len(waits) // 2] <= 0.4, waits
    texts = [event for event in happened if event["type"] == "FinalText"]
    assert sum(event["speculated"] for event in texts) >= len(texts) - 1


def test_speech_that_goes_on_amends_the_alarm_and_other_talk_does_nothing(tmp_path):
    recording = Recording()
    voices = ["flite:awb", "espeak:en-us+Alicia", "espeak:en-gb+benjamin", "flite:kal16"]
    for voice in voices:
        recording.request(voice, "set an alarm for seven", "in the evening", pause=0.8)
    for voice in voices:
        recording.request(voice, "what time is it", "did you see the game last night", pause=0.8)
    happened = run(tmp_path, recording.sound)
    amended = [event["turn"] for event in happened if event["type"] == "TurnEnded" and event["outcome"] == "amended"]
    assert amended, [e for e in happened if e["type"] in ("FinalText", "TurnEnded", "Discarded")]
    for turn in amended:
        (match,) = [event for event in happened if event["type"] == "Matched" and event["turn"] == turn]
        assert (match["intent"], match["slots"]) == ("set_alarm", {"time": "19:00"})
    for span in recording.spans[len(voices) :]:
        assert len(of(happened, "Matched", span)) <= 1
        assert "game" not in " ".join(event["text"] for event in of(happened, "FinalText", span))


SENTENCES = [
    "The weather in London is good today", "Please send the report to Maria by Friday",
    "I think we should start on Monday", "Thank you very much Anna", "I would like two cups of coffee",
]  # fmt: skip
KEYS = ["weather", "report", "start", "thank", "coffee"]


@pytest.mark.parametrize("voice", ["flite:rms", "flite:slt"])
def test_long_dictation_with_short_pauses_is_whole(tmp_path, voice):
    recording = Recording()
    recording.request("flite:slt", "start dictation", after=2.0)
    begin = recording.length
    for text in SENTENCES * 4:
        recording.add(trimmed(text, voice), 0.5)
    assert recording.length - begin > 40
    recording.add(3.0)
    happened = run(tmp_path, recording.sound)
    texts = " ".join(event["text"] for event in happened if event["type"] == "FinalText" and event["at"] > begin)
    found = [word for word in re.findall(r"[a-z]+", texts.lower()) if word in KEYS]
    assert found == KEYS * 4, "each sentence once, in order"
    parts = [event for event in happened if event["type"] == "PartialText" and event["at"] > begin]
    assert len(parts) >= 8
    for before, after in itertools.pairwise(parts):
        if before["turn"] == after["turn"]:
            assert after["committed"].startswith(before["committed"])
            assert after["text"] == after["committed"] + after["tentative"]


def test_partial_text_can_be_switched_off(tmp_path):
    recording = Recording()
    recording.request("flite:slt", "what time is it in the city of London on Sunday")
    happened = run(tmp_path, recording.sound, "--set", "recognition.partials=false")
    assert [event["type"] for event in happened if event["type"] in ("PartialText", "FinalText")][:1] == ["FinalText"]
