"""What the session does with pauses: decoding before the end is declared, how long it waits, and amendments."""

import itertools

import numpy as np
import pytest

from aihear_voice.attention import quietest
from aihear_voice.events import ModeChanged, SpeechEnded, SpeechStarted
from aihear_voice.listening.endpointing import SilenceEndpointer
from aihear_voice.messages import EndOfInput, Guess, Key, Preview, Speaking, Speculate, StartTurn, StopSpeaking
from aihear_voice.types import Audio, Follow, Match, Then, Transcript, Word

from .test_session import Driver, done

TEN = Match("clock", "start_timer", {"seconds": 600}, 1.0)
MORE = Match("clock", "start_timer", {"seconds": 630}, 1.0)
OTHER = Match("clock", "tell_time", {}, 1.0)


class Listener(Driver):
    """Answers what is speculated on, `late` frames later; `says` gives (text, match, state)."""

    def __init__(self, *flags, says=lambda asked: ("set a timer for ten minutes", TEN, "complete"), late=1):
        super().__init__(*flags)
        self.says, self.late, self.sure = says, late, 0.95
        self.due = []
        self.spoken = set()

    def endpointer(self, purpose, source):
        ends = self.settings.endpointing
        if source == "amend":
            return SilenceEndpointer(ends, silence_s=ends.silence_s, wait_s=ends.amend_s)
        return super().endpointer(purpose, source)

    def frame(self, speech=0.0, wake=None, own=False, inputs=()):
        ready = [guess for when, guess in self.due if when <= self.count]
        self.due = [(when, guess) for when, guess in self.due if when > self.count]
        before = len(self.outputs)
        self.spoken |= {self.count} if speech > 0.5 else set()
        super().frame(speech, wake, own, [*inputs, *ready])
        for asked in self.outputs[before:]:
            if isinstance(asked, Speculate):
                self.due.append((self.count + self.late, self.answer(asked)))

    def answer(self, asked):
        text, match, state = self.says(asked)
        words = tuple(Word(word, 0, 1, self.sure) for word in text.split())
        transcript = Transcript(text, "en", words, -0.1, 0.0, "test", 0.05)
        return Guess(asked.utterance.turn, asked.revision, transcript, match, state, self.now)

    def asked(self):
        return [output for output in self.outputs if isinstance(output, Speculate)]

    def request(self, seconds=1.5, silence=1.5):
        """Returns when the speech ended."""
        self.wake()
        self.say(seconds)
        end = self.now
        self.play(silence)
        return end


def ended(driver):
    return driver.events(SpeechEnded)[-1].at


def test_the_text_is_there_when_the_end_is_declared():
    driver = Listener()
    end = driver.request()
    (started,) = driver.turns()
    assert started.guess is not None
    assert started.guess.transcript.text == "set a timer for ten minutes"
    assert driver.asked()[0].utterance.audio.end < ended(driver), "it was asked before the end was declared"
    assert end < ended(driver) <= end + 0.35


def test_a_guess_is_thrown_away_when_speech_goes_on():
    driver = Listener()
    driver.wake()
    driver.say(1)
    driver.play(0.2)
    driver.say(1)
    end = driver.now
    driver.play(1.5)
    (started,) = driver.turns()
    assert len(driver.asked()) == 2
    assert started.guess.revision == driver.asked()[1].revision
    assert driver.asked()[1].utterance.audio.end >= end


def test_a_guess_that_comes_too_late_is_not_taken_for_newer_speech():
    driver = Listener(late=10)
    driver.wake()
    driver.say(1)
    driver.play(0.2)
    driver.say(0.3)  # the answer about the first second arrives in here
    end = driver.now
    driver.play(0.45)
    assert driver.turns() == [], "what was said first was a whole command, what has been said since may not be"
    driver.play(1.5)
    assert driver.turns()[0].guess is None or driver.turns()[0].guess.revision == driver.asked()[-1].revision
    assert driver.turns()[0].utterance.audio.end >= end


def test_an_answer_under_way_is_waited_for_and_not_asked_again():
    driver = Listener(late=1000)
    driver.request()
    (started,) = driver.turns()
    assert started.guess is None
    assert started.revision == driver.asked()[-1].revision


def test_without_speculation_all_is_as_it_was():
    driver = Listener("endpointing.speculate_s=0")
    end = driver.request()
    assert driver.asked() == []
    assert driver.turns()[0].guess is None
    assert ended(driver) == pytest.approx(end + 0.7, abs=0.1)


@pytest.mark.parametrize(
    ("state", "pause", "whole"),
    [
        ("open", 0.6, True),
        ("sentence", 0.6, True),
        ("unfinished", 1.5, True),
        ("open", 1.0, False),
        ("complete", 0.6, False),
    ],
)
def test_how_long_a_pause_may_be(state, pause, whole):
    driver = Listener(says=lambda asked: ("words", None, state))
    driver.wake()
    driver.say(1)
    driver.play(pause)
    assert (driver.turns() == []) is whole


def test_no_pause_is_longer_than_three_seconds():
    driver = Listener(
        "endpointing.pace=slow", "endpointing.unfinished_silence_s=3.0", says=lambda asked: ("and", None, "unfinished")
    )
    end = driver.request(silence=4)
    assert ended(driver) == pytest.approx(end + 3.0, abs=0.1)


def test_people_have_their_pace():
    silences = []
    for pace in ("impatient", "normal", "slow"):
        driver = Listener(f"endpointing.pace={pace}", says=lambda asked: ("words", None, "open"))
        end = driver.request(silence=3)
        silences.append(ended(driver) - end)
    assert silences[0] < silences[1] < silences[2]


def test_the_released_key_finds_the_text_there():
    driver = Listener()
    driver.give(Key("start", "f9"))
    driver.say(1.5)
    driver.play(0.4)
    driver.give(Key("stop", "f9"))
    driver.play(0.5)
    (started,) = driver.turns()
    assert started.guess is not None


def test_yes_is_enough():
    driver = Listener(says=lambda asked: ("yes", None, "complete"))
    driver.give(done(0, Then("listen"), Follow(Match("commands", "shut_down", {}, 1.0), confirm=True)))
    driver.say(0.4)
    end = driver.now
    driver.play(1)
    assert ended(driver) < end + 0.4
    assert driver.asked()[0].follow is not None


# Amendments


def whole(asked):
    """The first command, and with more words another."""
    if asked.first is None:
        return "set a timer for ten minutes", TEN, "complete"
    return "set a timer for ten minutes and thirty seconds", MORE, "complete"


def amendment(driver, pause=0.6):
    driver.request(silence=0.25 + pause)
    driver.say(1)
    driver.play(1.5)
    return driver.turns()


@pytest.mark.parametrize("pause", [0.2, 0.6, 1.2])
def test_speech_that_goes_on_amends_the_command(pause):
    first, amended = amendment(Listener(says=whole), pause)
    assert amended.first.turn == first.utterance.turn
    assert amended.first.match == TEN
    assert amended.utterance.turn > first.utterance.turn
    before, joint = first.utterance.audio.samples, amended.utterance.audio.samples
    assert np.array_equal(joint[: len(before)], before), "the sound of the command comes first"
    assert amended.guess.match == MORE


def test_what_comes_later_amends_nothing():
    driver = Listener(says=whole)
    driver.request(silence=2.5)
    driver.say(1)
    driver.play(2)
    assert len(driver.turns()) == 1


@pytest.mark.parametrize("match", [None, TEN, OTHER])
def test_other_peoples_talk_after_a_command_leaves_no_trace(match):
    driver = Listener(says=lambda asked: whole(asked) if asked.first is None else ("talk", match, "complete"))
    driver.request(silence=0.6)
    count = len(driver.events((SpeechStarted, SpeechEnded, ModeChanged)))
    driver.say(2)
    driver.play(3)
    assert len(driver.turns()) == 1
    assert len(driver.events((SpeechStarted, SpeechEnded, ModeChanged))) == count
    assert not driver.session.key_open


def test_a_doubtful_whole_amends_nothing():
    driver = Listener(says=whole)
    driver.request(silence=0.6)
    driver.sure = 0.5
    driver.say(1)
    driver.play(2)
    assert len(driver.turns()) == 1


def test_a_new_wake_word_is_a_new_command():
    driver = Listener(says=whole)
    driver.request(silence=0.6)
    driver.request()
    _, second = driver.turns()
    assert second.first is None
    assert driver.asked()[-1].first is None


def test_an_amendment_over_our_answer_silences_it():
    driver = Listener(says=whole)
    driver.request(silence=0.6)
    driver.give(done(1), Speaking(True))
    driver.play(1, 0.9, own=True)
    driver.play(1.0)
    (_, amended) = driver.turns()
    assert [output.floor for output in driver.events(StopSpeaking)] == [amended.utterance.turn]


def test_dictation_after_start_dictation_is_dictation():
    driver = Listener(says=lambda asked: ("start dictation", Match("dictation", "start", {}, 1.0), "complete"))
    driver.request(silence=0.4)
    begin = driver.now
    driver.say(0.5)
    driver.give(done(1, Then("dictate")))
    driver.say(1)
    driver.play(2)
    _, dictated = driver.turns()
    assert dictated.utterance.purpose == "dictate"
    assert dictated.utterance.audio.start <= begin


def test_amending_can_be_switched_off():
    assert len(amendment(Listener("endpointing.amend_s=0", says=whole))) == 1


def test_the_end_of_a_file_ends_the_waiting():
    driver = Listener(says=whole)
    driver.request(silence=0.6)
    driver.give(EndOfInput(), done(1))
    assert not driver.session.waiting


# Long speech


def test_long_dictation_ends_pieces_at_short_pauses_and_loses_nothing():
    driver = Listener(says=lambda asked: ("and", None, "unfinished"))
    driver.give(done(0, Then("dictate")))
    for seconds in (2.9, 3.1, 2.3, 3.3, 2.7, 3.5, 2.2, 3.2, 3.6, 2.8, 3.1, 2.9, 3.4, 2.6):
        driver.say(seconds)
        driver.play(0.3)
    driver.play(4)
    pieces = [started.utterance.audio for started in driver.turns()]
    assert len(pieces) >= 2
    assert all(piece.duration < 29 for piece in pieces)
    for before, after in itertools.pairwise(pieces):
        gap = after.start - before.end
        assert -1e-6 <= gap <= 0.3, "no sound stands in two pieces, and no more than a pause between them"
        assert not driver.spoken & set(range(int(before.samples[-1]) + 1, int(after.samples[0]))), "a word is lost"


def test_speech_without_a_pause_is_cut_where_it_is_quietest():
    samples = np.full(4 * 16000, 0.5, np.float32)
    samples[40_000:42_000] = 0.01
    assert quietest(Audio(samples, 10.0)) == pytest.approx(10 + 41_000 / 16000, abs=0.06)


def test_partial_text_is_asked_for_while_somebody_speaks_and_is_bounded():
    driver = Listener()
    driver.give(done(0, Then("dictate")))
    for _ in range(7):
        driver.say(3)
        driver.play(0.2)
    shown = driver.events(Preview)
    assert len(shown) >= 20
    assert max(preview.audio.duration for preview in shown) <= 12
    settled = [preview for preview in shown if preview.settled]
    assert settled
    # What is settled is followed by the rest of the same sound: nothing twice, nothing left out.
    place = next(number for number, preview in enumerate(shown) if preview.settled)
    after = shown[place + 1]
    assert after.audio.start == pytest.approx(settled[0].audio.end, abs=1e-3)


def test_partial_text_can_be_switched_off():
    driver = Listener("recognition.partials=false")
    driver.request(seconds=4)
    assert driver.events(Preview) == []
    assert isinstance(driver.turns()[0], StartTurn)
