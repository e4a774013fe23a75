"""The real program as a process: a person speaks into the virtual microphone, looks at the window, listens to the
virtual loudspeaker."""

import signal
import time
from datetime import UTC, datetime

import pytest

from ..rigs import aihear_once, join, rms, speech
from ..words import time_told

pytestmark = pytest.mark.e2e

WAKE = "hey jarvis"
VOICE = "flite:rms"


def say(pulse, *parts, voice=VOICE):
    """parts: sentences, and seconds of silence between them."""
    pulse.play(join(0.3, *(speech(part, voice) if isinstance(part, str) else part for part in parts), 1.5))


@pytest.fixture
def listening(home, pulse, aihear):
    """Starts the program and waits until its model is warm: the first turn is then as quick as all others."""

    def start(*arguments, **env):
        program = aihear("run", *arguments, env=env)
        program.wait_for("Ready", 60)
        time.sleep(1.0)
        return program

    return start


def test_what_is_dictated_stands_in_the_focused_window(pulse, screen, listening):
    program = listening()
    say(pulse, WAKE, 0.4, "start dictation")
    program.wait_for("ModeChanged", 30, dictating=True)
    say(pulse, "This is a test of the dictation")
    program.wait_for("Typed", 30)
    assert "test of the dictation" in screen.wait_text("This is a test of the dictation.").lower()
    say(pulse, WAKE, 0.4, speech("stop dictation", "espeak:en-us+benjamin"))  # the starter is sure of it in this voice
    program.wait_for("ModeChanged", 30, dictating=False)
    say(pulse, "Good morning")
    time.sleep(3)
    assert "morning" not in screen.text().lower()
    assert program.stop() == 0


def test_dictation_begins_without_a_pause_for_the_program(pulse, screen, listening):
    """Nobody waits for a sign before they go on."""
    listening()
    say(pulse, WAKE, 0.3, "start dictation", 1.3, "This is a test of the dictation")
    assert "this is a test of the dictation" in screen.wait_text("This is a test of the dictation.", 15).lower()


@pytest.mark.parametrize(("hour", "minute"), [(9, 30), (15, 42), (11, 5)])
def test_the_time_is_told_aloud(pulse, listening, hour, minute):
    program = listening(TZ=zone_where_it_is(hour, minute))
    with pulse.record() as recording:
        say(pulse, WAKE, 0.4, "what time is it")
        replied = program.wait_for("Replied", 30)
        program.wait_for("TurnEnded", 30, turn=replied["turn"])
    assert replied["text"] == f"It's {hour % 12}:{minute:02} {'AM' if hour < 12 else 'PM'}."
    assert time_told(recording.samples) == (hour, minute)


def zone_where_it_is(hour, minute):
    """For TZ (tzset(3)): a time zone in which that minute has just begun."""
    now = datetime.now(UTC)
    west = (now.hour - hour) * 3600 + (now.minute - minute) * 60 + now.second
    return f"<here>{'-' if west < 0 else ''}{abs(west) // 3600}:{abs(west) // 60 % 60}:{abs(west) % 60}"


@pytest.mark.parametrize("key", ["Control_R", "F9"])
def test_push_to_talk_does_the_same_without_the_wake_word(pulse, screen, listening, key):
    setting = {"Control_R": "ctrl_r", "F9": "f9"}[key]
    program = listening(AIHEAR__PUSH_TO_TALK__KEY=setting)
    screen.xdotool("keydown", key)
    program.wait_for("KeyHeld", 10, down=True)
    say(pulse, "what time is it")
    screen.xdotool("keyup", key)
    program.wait_for("Matched", 30, plugin="clock", intent="tell_time")
    assert program.all("WakeHeard") == []
    # A tap toggles.
    tap(screen, key)
    say(pulse, "what day is it today")
    tap(screen, key)
    program.wait_for("Matched", 30, plugin="clock")
    assert screen.text() == "", "the key typed something"


def test_nothing_is_said_over_a_second_question(pulse, screen, listening):
    """The key is down again before the first answer is there."""
    program = listening(AIHEAR__PUSH_TO_TALK__KEY="f9")
    with pulse.record() as recording:
        screen.xdotool("keydown", "F9")
        say(pulse, "what time is it")
        screen.xdotool("keyup", "F9", "sleep", "0.15", "keydown", "F9")
        first = program.wait_for("Replied", 30)
        say(pulse, "what day is it today")
        screen.xdotool("keyup", "F9")
    assert (first["text"][:4], first["spoken"]) == ("It's", False)
    assert rms(recording.samples) < 1e-4
    assert program.wait_for("Replied", 30)["spoken"]


def tap(screen, key):
    screen.xdotool("keydown", key, "sleep", "0.1", "keyup", key)


def test_trigger_from_the_command_line(pulse, listening):
    program = listening()
    assert aihear_once("trigger", "start").returncode == 0
    say(pulse, "what time is it")
    program.wait_for("Matched", 30, plugin="clock", intent="tell_time")


def test_mute_closes_the_microphone(pulse, listening):
    program = listening()
    aihear_once("trigger", "mute")
    program.wait_for("ModeChanged", 10, muted=True)
    time.sleep(0.5)
    recording = pulse.pactl("list", "short", "source-outputs").strip().splitlines()
    assert [line for line in recording if "remap" not in line] == [], "the device is still open"
    say(pulse, WAKE, 0.4, "what time is it")
    assert program.all("WakeHeard") == []
    aihear_once("trigger", "unmute")
    program.wait_for("ModeChanged", 10, muted=False)
    time.sleep(1)
    say(pulse, WAKE, 0.4, "what time is it")
    program.wait_for("Matched", 30, intent="tell_time")


def test_mute_by_voice(pulse, listening):
    program = listening()
    say(pulse, WAKE, 0.4, "go to sleep")
    program.wait_for("ModeChanged", 30, muted=True)


OWN_WORDS = (
    "Say hey jarvis, then stop. You can say hey jarvis again, and stop. And so on. The weather in London is good today,"
    " and the train to Vienna leaves at seven in the morning, as it did last week and the week before."
)


@pytest.fixture
def talkative(home):
    """A plugin whose answer holds the wake word and the stop word."""
    folder = home / "config" / "aihear" / "plugins" / "talkative"
    (folder / "sentences").mkdir(parents=True)
    (folder / "plugin.toml").write_text('name = "talkative"\nsummary = "Talks."\napi = 1\n[intents.talk]\n')
    (folder / "sentences" / "en.toml").write_text('[intents.talk]\nsentences = ["thank you"]\n')
    (folder / "talkative.py").write_text(f"def talk(ctx):\n    return {OWN_WORDS!r}\n")
    (folder / "cases.toml").write_text('[[case]]\nlanguage = "en"\nsay = "thank you"\nintent = "talk"\n')


def start_talking(pulse, program):
    say(pulse, WAKE, 0.4, "thank you")
    program.wait_for("Matched", 30, plugin="talkative")
    program.wait_for("ModeChanged", 20, mode="speaking")


def test_own_voice_never_wakes_stops_or_writes(talkative, pulse, listening):
    program = listening()
    with pulse.loopback(-10):
        start_talking(pulse, program)
        ended = program.wait_for("TurnEnded", 60)
        time.sleep(5)
    assert ended["outcome"] == "done"
    assert len(program.all("WakeHeard")) == 1, program.events
    assert len(program.all("FinalText")) == 1, program.events


def last_sound(samples, threshold=0.01):
    """Seconds from the start to the last loud 20 ms."""
    loud = [i for i in range(0, len(samples) - 320, 320) if rms(samples[i : i + 320]) > threshold]
    return loud[-1] / 16000 if loud else 0.0


@pytest.mark.parametrize("after", [1.0, 5.0])
@pytest.mark.parametrize("how", ["wake", "key", "stop"])
def test_a_person_stops_the_answer(talkative, pulse, screen, listening, how, after):
    """After 1 s the answer itself is saying "hey jarvis" and "stop"; after 5 s it talks of something else.

    A word that goes under in the answer is said once more, as people do; the key needs no second press.
    """
    program = listening(AIHEAR__PUSH_TO_TALK__KEY="f9")
    limit = {"wake": 0.9, "key": 0.4, "stop": 1.2}[how]
    with pulse.loopback(-10), pulse.record() as recording:
        start_talking(pulse, program)
        time.sleep(after)
        silent = interrupt(how, pulse, screen, recording)
        if silent >= limit and how != "key":
            silent = interrupt(how, pulse, screen, recording)
    assert silent < limit, f"spoke on for {silent:.2f} s\n" + "\n".join(map(str, program.events))
    assert rms(recording.samples[-8000:]) < 0.01


def interrupt(how, pulse, screen, recording):
    """Seconds from the end of the word (or the press of the key) to the last sound: what the ear of the detector
    needs, and the time to fall silent.
    """
    before = len(recording.samples) / 16000
    if how == "key":
        screen.xdotool("keydown", "F9")
        word = 0.0
        time.sleep(2)
        screen.xdotool("keyup", "F9")
    else:
        word = len(sound := speech({"wake": WAKE, "stop": "stop"}[how], VOICE)) / 16000
        pulse.play(join(sound, 2.5))
    time.sleep(0.5)
    return last_sound(recording.samples) - before - word


def test_devices_that_vanish_come_back(pulse, listening):
    program = listening()

    def works():
        say(pulse, WAKE, 0.4, "what time is it")
        program.wait_for("Matched", 20, intent="tell_time")
        program.wait_for("TurnEnded", 20)

    def lost_and_back(lose, give_back):
        lose()
        program.wait_for("DeviceLost", 10)
        give_back()
        time.sleep(2)
        works()

    lost_and_back(lambda: pulse.suspend_microphone(True), lambda: pulse.suspend_microphone(False))
    lost_and_back(pulse.unplug_microphone, pulse.plug_microphone)
    lost_and_back(pulse.kill, pulse.start)
    lost_and_back(pulse.unplug_everything, pulse.restart)


def test_timer_survives_a_restart_and_rings_until_it_is_stopped(pulse, listening):
    assert aihear_once("ask", "set a timer for 12 seconds").returncode == 0
    program = listening()
    with pulse.record() as recording:
        program.wait_for("ModeChanged", 40, mode="speaking")
        time.sleep(3)
        assert rms(recording.samples[-32000:]) > 0.003, "the alarm is not heard"
        say(pulse, "stop")
        program.wait_for("ModeChanged", 10, mode=lambda mode: mode != "speaking")


def test_terminated_program_leaves_nothing_behind(pulse, listening):
    program = listening()
    program._process.send_signal(signal.SIGTERM)
    assert program.wait(10) == 0
    assert aihear_once("trigger", "start").returncode == 1
    assert "no aihear is running" in aihear_once("trigger", "start").stderr


def test_two_at_once_are_refused(pulse, listening, aihear):
    listening()
    second = aihear("run")
    assert second.wait(60) == 1
    assert "already running" in second.stderr
    assert "Traceback" not in second.stderr
