"""`aihear run --input`: real threads, voice activity, wake word, Whisper, router and plugins, faster than sound."""

import json

import numpy as np
import pytest

from aihear_voice import events

from ..rigs import aihear_once, join, noise, silence, speech, write_wav

pytestmark = pytest.mark.usefixtures("home")

# None of these voices is used elsewhere in the tests.
SPOKEN = [
    ("flite:kal16", "what time is it", "clock", "tell_time"),
    ("espeak:en-us+max", "open the browser", "commands", "open_program"),
    ("flite:slt", "set a timer for ten minutes", "clock", "start_timer"),
    ("espeak:en-gb+Hugo", "take a screenshot", "commands", "screenshot"),
    ("flite:rms", "what can you do", "help", None),
    ("espeak:en-us+linda", "scroll down", "keys", None),
]


def run(tmp_path, sound, *arguments):
    path = write_wav(tmp_path / "input.wav", sound)
    done = aihear_once("run", "--input", str(path), "--json", "--dry-run", *arguments, timeout=280)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def spoken(voice, text, pause):
    return join(1.0, speech("hey jarvis", voice), pause, speech(text, voice), 2.0)


def types(happened, *kept):
    return [event["type"] for event in happened if event["type"] in kept]


def test_requests_are_woken_heard_matched_and_ended_in_order(tmp_path):
    right = 0
    sound = join(*(spoken(voice, text, 0.15 if i % 2 else 1.0) for i, (voice, text, _, _) in enumerate(SPOKEN)))
    happened = run(tmp_path, sound)
    turns = [event["turn"] for event in happened if event["type"] == "WakeHeard"]
    assert len(turns) >= len(SPOKEN) - 1, happened
    for turn in turns:
        own = [event for event in happened if event["turn"] == turn]
        if types(own, "WakeHeard", "FinalText", "Matched", "TurnEnded") == [
            "WakeHeard",
            "FinalText",
            "Matched",
            "TurnEnded",
        ]:
            right += 1
    assert right >= len(SPOKEN) - 1, [e for e in happened if e["type"] in ("FinalText", "Matched", "NoMatch")]
    matched = {(event["plugin"], event["intent"]) for event in happened if event["type"] == "Matched"}
    assert len(matched & {(plugin, intent) for _, _, plugin, intent in SPOKEN if intent}) >= 3


def test_every_line_is_an_event_of_the_stream(tmp_path):
    happened = run(tmp_path, spoken("flite:slt", "what time is it", 0.3))
    assert [event["seq"] for event in happened] == list(range(1, len(happened) + 1))
    for event in happened:
        assert events.to_json(events.from_json(json.dumps(event))) == json.dumps(
            event, ensure_ascii=False, separators=(",", ":")
        )


def test_same_recording_gives_the_same_events(tmp_path):
    sound = spoken("flite:slt", "open the calculator", 0.3)

    def story():
        return [
            {key: value for key, value in event.items() if key not in ("at", "compute_s")}
            for event in run(tmp_path, sound)
        ]

    assert story() == story()


def test_dry_run_says_what_it_would_have_typed(tmp_path):
    voice = "flite:rms"
    sound = join(
        spoken(voice, "start dictation", 0.3), speech("This is a test of the dictation", voice), 2.0,
        spoken(voice, "stop dictation", 0.3), speech("Good morning", voice), 2.0,
    )  # fmt: skip
    happened = run(tmp_path, sound)
    typed = " ".join(event["text"] for event in happened if event["type"] == "Typed")
    assert "test of the dictation" in typed
    assert "morning" not in typed.lower()
    assert {event["method"] for event in happened if event["type"] == "Typed"} == {"dry_run"}


def test_muted_by_voice_the_recording_runs_on_unheard(tmp_path):
    voice = "flite:rms"
    happened = run(tmp_path, join(spoken(voice, "go to sleep", 0.3), spoken(voice, "what time is it", 0.3)))
    assert [event["intent"] for event in happened if event["type"] == "Matched"] == ["stop_listening"]
    assert happened[-1]["muted"] is True


def other_speech(seconds):
    lines = [
        "The weather in London is good today and the train leaves at seven.",
        "Set a timer for ten minutes.", "What time is it?", "Open the browser.",
        "She said that the meeting is on Tuesday.", "Please send the report to Maria by Friday.",
        "Take a screenshot.", "I would like two cups of coffee.", "Stop.",
    ]  # fmt: skip
    voices = ["flite:awb", "flite:slt", "espeak:en-us+Alicia", "espeak:en-gb+benjamin", "flite:kal"]
    parts, length, i = [], 0, 0
    while length < seconds * 16000:
        parts += [speech(lines[i % len(lines)], voices[i % len(voices)]), silence(0.3)]
        length += len(parts[-2]) + len(parts[-1])
        i += 1
    return join(*parts)


def test_nothing_is_matched_in_other_speech(tmp_path):
    happened = run(tmp_path, other_speech(300))
    assert types(happened, "Matched", "FinalText", "Typed", "Ran") == []


def test_nothing_is_matched_in_noise_and_silence(tmp_path):
    t = np.arange(60 * 16000) / 16000
    hum = (0.1 * np.sin(2 * np.pi * 50 * t)).astype(np.float32)
    sound = join(silence(60), noise(60, 0.02, 1), hum, noise(60, 0.2, 2), silence(30), noise(30, 0.005, 3))
    assert types(run(tmp_path, sound), "Matched", "FinalText", "WakeHeard") == []


def test_wake_word_then_noise_is_no_request(tmp_path):
    happened = run(tmp_path, join(0.5, speech("hey jarvis", "flite:slt"), noise(6, 0.02), 1.0))
    assert types(happened, "WakeHeard") == ["WakeHeard"]
    assert types(happened, "Matched", "Typed", "Ran") == []


@pytest.mark.parametrize(
    ("content", "word"), [(None, "does not exist"), (b"", "empty"), (b"this is no sound at all" * 50, "no sound")]
)
def test_bad_input_files(tmp_path, content, word):
    path = tmp_path / "input.wav"
    if content is not None:
        path.write_bytes(content)
    done = aihear_once("run", "--input", str(path), "--json", "--dry-run")
    assert done.returncode == 3
    assert "Traceback" not in done.stderr
    assert word in done.stderr.lower()
    assert len(done.stderr.strip().splitlines()) <= 2


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--model", "nonesuch"], 4),
        (["--model", "missing.pt"], 4),
        (["--set", "wake.treshold=0.5"], 2),
        (["--set", "audio.input_device=nonesuch"], 3),
        (["--nonsense"], 2),
    ],
)
def test_bad_arguments(arguments, code):
    done = aihear_once("run", "--json", "--no-rehearsal", *arguments)
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr


def test_broken_model_file(tmp_path):
    broken = tmp_path / "broken.pt"
    broken.write_bytes(b"PK\x03\x04 this is no checkpoint")
    sound = write_wav(tmp_path / "input.wav", silence(1))
    done = aihear_once("run", "--input", str(sound), "--json", "--dry-run", "--model", str(broken))
    assert done.returncode == 4
    assert "Traceback" not in done.stderr


def test_no_microphone():
    """For programs that read our events it is an error; a person gets a rehearsal."""
    done = aihear_once("run", "--json")
    assert done.returncode == 3
    assert "no microphone" in done.stderr


def test_rehearsal_without_a_microphone():
    done = aihear_once("run", timeout=200)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "no microphone" in done.stdout.lower()
    assert "Traceback" not in done.stderr
