"""The session by frames and inputs: no threads, no devices, no models."""

import numpy as np
import pytest

from aihear_voice import settings as settings_module
from aihear_voice.events import Discarded, Event, ModeChanged, SpeechEnded, TurnEnded, WakeHeard
from aihear_voice.listening.endpointing import SilenceEndpointer
from aihear_voice.messages import (
    Again,
    EndOfInput,
    Key,
    Record,
    SetMicrophone,
    Speaking,
    SpotStop,
    StartTurn,
    StopHeard,
    StopSpeaking,
    Trigger,
    TurnDone,
    Unsaid,
)
from aihear_voice.session import Session
from aihear_voice.types import FRAME_SAMPLES, FRAME_SECONDS, Audio, Follow, Heard, Match, Then, Wake


class Spotter:
    """Stands in for the network that finds short speech: hands over the tenth frame of speech."""

    def __init__(self):
        self.frames = 0

    def push(self, heard):
        self.frames += bool(heard.speech and heard.speech > 0.5)
        return heard.frame if self.frames == 10 else None

    def is_stop(self, text):
        return text == "stop"

    def reset(self):
        self.frames = 0


class Driver:
    """Feeds a session; every sample's value is its frame's number, so that cuts can be checked."""

    def __init__(self, *flags):
        self.settings = settings_module.load(flags, env={})
        self.wall = 0.0
        self.session = Session(self.settings, self.endpointer, Spotter(), lambda: self.wall)
        self.count = 0
        self.outputs = []

    def endpointer(self, purpose, source):
        ends = self.settings.endpointing
        wait = None if source in ("dictation", "key") else ends.wait_for_speech_s
        return SilenceEndpointer(ends, silence_s=ends.silence_s, grace_s=0.25 if source == "wake" else 0.0, wait_s=wait)

    @property
    def now(self):
        return self.count * FRAME_SECONDS

    def frame(self, speech=0.0, wake=None, own=False, inputs=()):
        samples = np.full(FRAME_SAMPLES, self.count, np.float32)
        audio = Audio(samples, self.now)
        self.count += 1
        self.wall += FRAME_SECONDS
        self.outputs += self.session.step(Heard(audio, speech, wake, own), inputs)

    def play(self, seconds, speech=0.0, own=False):
        for _ in range(round(seconds / FRAME_SECONDS)):
            self.frame(speech, own=own)

    def say(self, seconds):
        self.play(seconds, 0.95)

    def wake(self):
        """The detector answers as the phrase ends."""
        self.say(0.9)
        self.frame(0.95, Wake("hey jarvis", 0.9, self.now))

    def give(self, *inputs):
        self.outputs += self.session.step(None, inputs)

    def events(self, kind=Event):
        return [output for output in self.outputs if isinstance(output, kind)]

    def turns(self):
        return [output for output in self.outputs if isinstance(output, StartTurn)]

    def outcomes(self):
        return [event.outcome for event in self.events(TurnEnded)]


@pytest.fixture
def driver():
    return Driver()


def done(turn, then=None, follow=None, purpose="assist"):
    return TurnDone(turn, purpose, then, follow)


def test_speech_without_a_wake_word_is_nobodys_business(driver):
    driver.say(5)
    driver.play(2)
    assert driver.outputs == []


def test_command_in_the_same_breath(driver):
    driver.wake()
    woken = driver.now
    driver.say(1.5)
    driver.play(1.2)
    (started,) = driver.turns()
    assert started.utterance.purpose == "assist"
    assert started.utterance.audio.start == pytest.approx(woken, abs=0.07)
    assert started.utterance.audio.end == pytest.approx(woken + 1.5 + 0.3, abs=0.15)


@pytest.mark.parametrize("pause", [0.4, 1.0, 3.0])
def test_pause_after_the_wake_word(driver, pause):
    driver.wake()
    driver.play(pause)
    begin = driver.now
    driver.say(1.0)
    driver.play(1.2)
    (started,) = driver.turns()
    audio = started.utterance.audio
    assert audio.start <= begin - 0.2
    assert audio.end >= begin + 1.0


def test_nothing_said_ends_quietly(driver):
    driver.wake()
    driver.play(7)
    assert driver.turns() == []
    assert driver.outcomes() == ["nothing_said"]
    assert driver.events(ModeChanged)[-1].mode == "idle"


def test_thirty_second_cap(driver):
    driver.wake()
    driver.say(40)
    (started,) = driver.turns()
    assert started.utterance.audio.duration <= 30.1
    assert driver.events(SpeechEnded)[0].reason == "cap"


def test_events_of_a_turn_carry_its_number(driver):
    driver.wake()
    driver.say(1)
    driver.play(1)
    (started,) = driver.turns()
    assert {event.turn for event in driver.events((WakeHeard, SpeechEnded))} == {started.utterance.turn}


def test_key_hold_keeps_the_lead_and_the_tail(driver):
    driver.play(2)
    driver.give(Key("start", "f9"))
    pressed = driver.now
    driver.say(2)
    driver.give(Key("stop", "f9"))
    released = driver.now
    driver.play(1)
    (started,) = driver.turns()
    audio = started.utterance.audio
    assert audio.start == pytest.approx(pressed - driver.settings.push_to_talk.lead_s, abs=0.05)
    assert audio.end == pytest.approx(released + driver.settings.push_to_talk.tail_s, abs=0.07)


def test_silence_does_not_end_a_held_key(driver):
    driver.give(Key("start", "f9"))
    driver.say(1)
    driver.play(4)
    driver.say(1)
    assert driver.turns() == []
    driver.give(Key("stop", "f9"))
    driver.play(0.5)
    assert len(driver.turns()) == 1


@pytest.mark.parametrize(("action", "purpose"), [("hold", "assist"), ("dictate", "dictate")])
def test_a_key_that_the_desktop_holds_is_one_like_any_other(driver, action, purpose):
    driver.play(2)
    driver.give(Trigger(action))
    pressed = driver.now
    driver.say(1)
    driver.play(4)
    driver.say(1)
    assert driver.turns() == []
    driver.give(Trigger("stop"))
    driver.play(0.5)
    (started,) = driver.turns()
    assert started.utterance.purpose == purpose
    assert started.utterance.audio.start == pytest.approx(pressed - driver.settings.push_to_talk.lead_s, abs=0.05)


def test_key_release_is_heard_without_frames(driver):
    """The microphone may vanish while the key is held; what was said is not lost."""
    driver.give(Key("start", "f9"))
    driver.say(1)
    driver.give(Key("stop", "f9"))
    driver.wall += 10
    driver.give()
    assert len(driver.turns()) == 1


def test_what_is_said_is_recorded_as_it_is_said(driver):
    """Whenever the program is killed, all but the last frame is there."""
    driver.give(Key("start", "f9", dictate=True))
    driver.say(3)
    recorded = np.concatenate([part.audio.samples for part in driver.outputs if isinstance(part, Record)])
    assert recorded[-1] == driver.count - 1
    driver.give(Key("stop", "f9"))
    driver.play(1)
    (started,) = driver.turns()
    said = started.utterance.audio.samples
    recorded = np.concatenate([part.audio.samples for part in driver.outputs if isinstance(part, Record)])
    assert np.array_equal(recorded[: len(said)], said), "the file only has to be cut at its end"


def test_what_was_taken_back_is_recorded_no_more(driver):
    driver.give(Key("start", "ctrl_r"))
    driver.say(0.5)
    driver.give(Key("cancel", "ctrl_r"))
    (recorded,) = {part.turn for part in driver.outputs if isinstance(part, Record)}
    assert [gone.turn for gone in driver.outputs if isinstance(gone, Unsaid)] == [recorded]


def test_an_utterance_of_the_history_is_a_turn_like_any_other(driver):
    sound = Audio(np.ones(16_000, np.float32))
    driver.give(Again(7, "dictate", sound))
    (started,) = driver.turns()
    assert (started.entry, started.utterance.source, started.utterance.purpose) == (7, "retry", "dictate")
    assert started.utterance.audio is sound
    driver.give(Key("start", "f9"))
    driver.say(1)
    driver.give(Key("stop", "f9"))
    driver.play(1)
    assert driver.turns()[1].utterance.turn > started.utterance.turn


def test_chord_is_not_speech(driver):
    driver.give(Key("start", "ctrl_r"))
    driver.say(0.5)
    driver.give(Key("cancel", "ctrl_r"))
    driver.play(1)
    assert driver.turns() == []
    assert [event.reason for event in driver.events(Discarded)] == ["chord"]


def test_wake_word_interrupts_the_answer(driver):
    driver.wake()
    driver.say(1)
    driver.play(1)
    (first,) = driver.turns()
    driver.give(Speaking(True))
    driver.wake()
    (stop,) = driver.events(StopSpeaking)
    assert stop.floor > first.utterance.turn


@pytest.mark.parametrize("begin", ["key", "wake word"])
def test_an_answer_that_comes_while_the_person_speaks_again_is_only_shown(driver, begin):
    """The request itself is still wanted: it was said, and nobody took it back."""
    driver.wake()
    driver.say(1)
    driver.play(1)
    (first,) = driver.turns()
    driver.give(Key("start", "f9")) if begin == "key" else driver.wake()
    (stop,) = driver.events(StopSpeaking)
    assert stop.floor <= first.utterance.turn < stop.quiet
    driver.give(TurnDone(first.utterance.turn, "assist", Then(do="listen")))
    driver.say(1)
    driver.give(Key("stop", "f9"))
    driver.play(1)
    second = driver.turns()[1]
    assert second.utterance.source == ("key" if begin == "key" else "wake")
    assert second.utterance.turn >= stop.quiet


def test_a_key_that_is_pressed_again_at_once_keeps_both_requests(driver):
    """Before the rest of the first one was in."""
    driver.give(Key("start", "f9"))
    driver.say(1)
    driver.give(Key("stop", "f9"), Key("start", "f9"))
    (first,) = driver.turns()
    (stop,) = driver.events(StopSpeaking)
    assert stop.floor <= first.utterance.turn < stop.quiet


def test_rest_of_the_interrupted_answer_is_no_request(driver):
    driver.give(Speaking(True))
    driver.wake()
    driver.play(0.4, 0.9, own=True)
    driver.give(Speaking(False))
    driver.play(7)
    assert driver.turns() == []
    assert driver.outcomes() == ["nothing_said"]


def test_an_answer_interrupted_by_the_key_is_no_request(driver):
    driver.give(Speaking(True))
    driver.play(1, 0.9, own=True)
    driver.give(Key("start", "f9"))
    driver.play(0.4, 0.9, own=True)
    driver.give(Speaking(False))
    driver.play(1.5)
    driver.give(Key("stop", "f9"))
    driver.play(1)
    assert driver.turns() == []
    assert driver.outcomes() == ["nothing_said"]


def test_what_is_said_with_the_key_over_the_answer_keeps_its_beginning(driver):
    driver.give(Speaking(True))
    driver.play(1, 0.9, own=True)
    pressed = driver.now
    driver.give(Key("start", "f9"))
    driver.play(0.4, 0.9, own=True)
    driver.give(Speaking(False))
    driver.say(1)
    driver.give(Key("stop", "f9"))
    driver.play(1)
    (started,) = driver.turns()
    assert started.utterance.audio.start <= pressed


def test_command_over_the_interrupted_answer_keeps_its_beginning(driver):
    driver.give(Speaking(True))
    driver.wake()
    woken = driver.now
    driver.play(0.4, 0.9, own=True)
    driver.give(Speaking(False))
    driver.say(1)
    driver.play(1)
    (started,) = driver.turns()
    assert started.utterance.audio.start == pytest.approx(woken, abs=0.07)


def test_answer_that_was_interrupted_opens_nothing(driver):
    driver.wake()
    driver.say(1)
    driver.play(1)
    turn = driver.turns()[0].utterance.turn
    driver.give(Speaking(True), StopHeard(), Speaking(False))
    driver.give(done(turn, Then("dictate")))
    driver.say(2)
    driver.play(2)
    assert len(driver.turns()) == 1


def test_stop_word_is_looked_for_only_while_speaking(driver):
    driver.say(1)
    assert driver.events(SpotStop) == []
    driver.give(Speaking(True))
    driver.say(1)
    assert len(driver.events(SpotStop)) == 1


def test_dictation_gives_piece_after_piece_and_loses_nothing(driver):
    driver.wake()
    driver.say(1)
    driver.play(1)
    driver.give(done(driver.turns()[0].utterance.turn, Then("dictate")))
    for _ in range(3):
        driver.say(1.5)
        driver.play(1.2)
    driver.say(40)  # longer than a window
    driver.play(1.5)
    pieces = [started.utterance for started in driver.turns()[1:]]
    assert {piece.purpose for piece in pieces} == {"dictate"}
    numbers = np.concatenate([piece.audio.samples for piece in pieces])
    assert np.all(np.diff(numbers) >= 0), "a sample stands in two pieces"
    long = np.concatenate([piece.audio.samples for piece in pieces[3:]])
    assert np.all(np.diff(np.unique(long)) == 1), "a piece is missing in the middle of long speech"


def test_long_dictation_with_a_held_key_is_parted_at_its_pauses(driver):
    """What was said up to a pause is typed while the person goes on."""
    driver.play(1)
    driver.give(Key("start", "f9", dictate=True))
    begin = driver.now
    for _ in range(4):
        driver.say(9)
        assert len(driver.turns()) < 4
        driver.play(0.8)
    pieces = [started.utterance for started in driver.turns()]
    assert len(pieces) == 4
    assert driver.session.key_open
    driver.play(5)
    driver.give(Key("stop", "f9"))
    driver.play(1)
    assert len(driver.turns()) == 4, "nothing was said after the last pause"
    assert driver.outcomes() == []
    numbers = np.concatenate([piece.audio.samples for piece in pieces])
    assert np.all(np.isin(np.diff(np.unique(numbers)), [1])), "a frame is missing"
    assert np.all(np.diff(numbers) >= 0), "a sample stands in two pieces"
    assert {piece.purpose for piece in pieces} == {"dictate"}
    assert pieces[0].audio.start <= begin


def test_a_short_dictation_with_a_held_key_is_one_piece(driver):
    driver.give(Key("start", "f9", dictate=True))
    for _ in range(3):
        driver.say(1.5)
        driver.play(1.0)
    driver.give(Key("stop", "f9"))
    driver.play(1)
    assert len(driver.turns()) == 1


def test_dictation_that_begins_while_its_start_is_recognised_is_whole(driver):
    driver.wake()
    driver.say(1)
    driver.play(1.2)
    begin = driver.now
    driver.say(3)  # the model is slow
    driver.give(done(driver.turns()[0].utterance.turn, Then("dictate")))
    driver.say(1)
    driver.play(1.5)
    (dictated,) = [started.utterance for started in driver.turns()[1:]]
    assert dictated.audio.start <= begin
    assert dictated.audio.end >= begin + 4


def test_wake_word_in_dictation_is_not_typed(driver):
    driver.give(done(0, Then("dictate")))
    driver.play(1)
    begin = driver.now
    driver.say(2)
    driver.wake()
    driver.say(1)
    driver.play(1)
    dictated, asked = [started.utterance for started in driver.turns()]
    assert dictated.purpose == "dictate"
    assert dictated.audio.end == pytest.approx(begin + 2, abs=0.15)
    assert asked.purpose == "assist"


def test_own_voice_is_no_dictation(driver):
    driver.give(done(0, Then("dictate")))
    driver.play(3, 0.9, own=True)
    driver.play(2)
    assert driver.turns() == []


def test_dictation_ends_after_long_silence():
    driver = Driver("dictation.idle_stop_s=10")
    driver.give(done(0, Then("dictate")))
    driver.play(12)
    assert driver.events(ModeChanged)[-1].dictating is False
    driver.say(2)
    driver.play(2)
    assert driver.turns() == []


def test_third_request_is_told_busy(driver):
    for _ in range(3):
        driver.wake()
        driver.say(1)
        driver.play(1.2)
    assert len(driver.turns()) == 2
    assert driver.outcomes() == ["busy"]


def test_question_listens_without_a_wake_word_and_a_time_out_means_no(driver):
    match = Match("commands", "shut_down", {}, 1.0)
    driver.give(done(0, Then("listen"), Follow(match, confirm=True)))
    driver.play(driver.settings.policy.confirm_timeout_s + 2)
    assert driver.turns() == []
    assert driver.outcomes() == ["denied"]


def test_question_times_out_without_frames(driver):
    match = Match("commands", "shut_down", {}, 1.0)
    driver.give(done(0, Then("listen"), Follow(match, confirm=True)))
    driver.wall += 60
    driver.give()
    assert driver.outcomes() == ["denied"]


def test_answer_to_a_question_goes_back_to_who_asked(driver):
    match = Match("pronunciation", "attempt", {"target": "weather"}, 1.0)
    driver.give(done(0, Then("listen", "practise"), Follow(match)))
    driver.say(1)
    driver.play(1.5)
    (started,) = driver.turns()
    assert started.follow == Follow(match)
    assert started.utterance.purpose == "practise"


def test_who_asked_may_be_told_of_silence(driver):
    follow = Follow(Match("pronunciation", "attempt", {"target": "weather"}, 1.0), silence=True)
    driver.give(done(0, Then("listen", "practise", silence=True), follow))
    driver.play(driver.settings.endpointing.wait_for_speech_s + 1)
    (started,) = driver.turns()
    assert started.follow == follow
    assert started.guess is not None, "nothing has to be transcribed"
    assert started.guess.transcript.text == ""
    assert driver.outcomes() == [], "that turn says how it ends"


def test_nobody_is_asked_anything_after_the_end_of_a_recording(driver):
    follow = Follow(Match("pronunciation", "attempt", {"target": "weather"}, 1.0), silence=True)
    driver.give(done(0, Then("listen", "practise", silence=True), follow))
    driver.play(1)
    driver.give(EndOfInput())
    assert driver.turns() == []
    assert driver.outcomes() == ["nothing_said"]
    driver.give(done(0, Then("listen", "practise", silence=True), follow))
    assert not driver.session.waiting


@pytest.mark.parametrize("how", [Trigger("mute"), done(0, Then("mute"))])
def test_mute_closes_the_microphone_and_keeps_what_was_said(driver, how):
    driver.wake()
    driver.say(1)
    driver.give(how)
    assert [output.open for output in driver.outputs if isinstance(output, SetMicrophone)] == [False]
    assert len(driver.turns()) == 1
    driver.give(Trigger("unmute"))
    assert [output.open for output in driver.outputs if isinstance(output, SetMicrophone)] == [False, True]


def test_trigger_works_like_a_wake_word(driver):
    driver.give(Trigger("start"))
    driver.say(1)
    driver.play(1.2)
    assert len(driver.turns()) == 1


def test_trigger_cancel_drops_what_is_open(driver):
    driver.give(Trigger("toggle"))
    driver.say(1)
    driver.give(Trigger("cancel"))
    driver.play(2)
    assert driver.turns() == []


def test_end_of_the_file_closes_the_open_utterance(driver):
    driver.wake()
    driver.say(1)
    driver.give(EndOfInput())
    assert len(driver.turns()) == 1


def test_replay_gives_the_same_outputs():
    def story():
        driver = Driver()
        driver.wake()
        driver.say(1)
        driver.play(1.5)
        driver.give(done(1, Then("dictate")))
        driver.say(2)
        driver.play(2)
        return [repr(output) for output in driver.outputs]

    assert story() == story()
