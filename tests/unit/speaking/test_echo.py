"""Our own voice is taken out and known as ours; a person over it is neither."""

import numpy as np
import pytest

from aihear_voice.types import Audio, Wake
from tests.rigs import rms, speech

from .room import Room, impulse

TEXT = "The weather in London is good today, and the train to Vienna leaves at seven in the morning."
VOICE = "espeak:en-us"
START = 1.0


def decibel(before, after):
    return 20 * np.log10(rms(before) / (rms(after) + 1e-12))


def part(samples, start, end):
    return samples[round(start * 16000) : round(end * 16000)]


def answering(seconds=8.0, text=TEXT, hiss=1e-4, **how):
    room = Room(seconds, hiss)
    room.answer(speech(text, VOICE), text, START, **how)
    return room


def test_ordinary_listening_is_untouched():
    room = Room(3.0)
    room.person(speech("what time is it", "flite:slt"), 0.5)
    owns = []
    cleaned = room.listen(lambda _guard, _frame, own: owns.append(own))
    assert np.array_equal(cleaned, room.microphone.astype(np.float32)[: len(cleaned)])
    assert not any(owns)


@pytest.mark.parametrize("delay", [0.03, 0.2, 0.6])
@pytest.mark.parametrize("level", [-10, -3])
def test_our_voice_is_taken_out_whatever_its_delay(delay, level):
    room = answering(delay=delay, decibel=level)
    cleaned = room.listen()
    heard = START + delay
    assert decibel(part(room.echo, heard + 1, heard + 5), part(cleaned, heard + 1, heard + 5)) > 25


def test_our_voice_is_taken_out_in_a_room_with_walls_and_noise():
    room = answering(walls=impulse(), hiss=1e-3)
    cleaned = room.listen()
    assert decibel(part(room.echo, 2.2, 6), part(cleaned, 2.2, 6)) > 20


def test_a_delay_that_jumps_is_found_again():
    """The sound server moved its buffers in the middle of the answer."""
    sound = speech(TEXT, VOICE)
    room = Room(9.0)
    room.answer(sound, TEXT, START, decibel=-200)
    early, late = sound.copy(), sound.copy()
    early[40_000:] = 0
    late[:40_000] = 0
    for piece, delay in ((early, 0.1), (late, 0.25)):
        room._mix(room.echo, piece * 0.3, START + delay)
    cleaned = room.listen()
    assert decibel(part(room.echo, 5.3, 6.5), part(cleaned, 5.3, 6.5)) > 15


def test_a_person_over_our_voice_is_kept():
    room = answering(walls=impulse())
    said = speech("hey jarvis", "flite:rms")
    end = room.person(said, 3.5)
    cleaned = room.listen()
    kept = part(cleaned, 3.5, end)
    assert np.corrcoef(kept, said[: len(kept)])[0, 1] > 0.9


def test_a_wake_word_of_ours_is_refused_and_a_persons_is_not():
    text = "Say hey jarvis to wake me. " + TEXT
    for person in (False, True):
        room = answering(10.0, text)
        if person:
            end = room.person(speech("hey jarvis", "flite:rms"), 5.0)
        answers = []

        def ask(guard, frame, own, end=end if person else 6.0, answers=answers):
            if frame.start <= end + 0.2 < frame.end:
                answers.append(guard.ours(Wake("hey jarvis", 0.9, end)))

        room.listen(ask)
        assert answers == [not person]


def test_the_wake_word_is_a_persons_while_we_are_silent():
    room = Room(3.0)
    end = room.person(speech("hey jarvis", "flite:rms"), 0.5)
    room.listen()
    assert not room.guard.ours(Wake("hey jarvis", 0.9, end))


def test_stop_is_ours_only_when_nobody_else_says_it():
    text = "You can say stop, and stop, and stop again. " + TEXT
    room = answering(10.0, text)
    end = room.person(speech("stop", "flite:slt"), 6.0)
    room.listen()
    assert room.guard.said("Stop.", Audio(np.zeros(16000, np.float32), 2.0))
    assert not room.guard.said("Stop.", Audio(np.zeros(16000, np.float32), end - 0.9))


def test_a_person_right_after_our_question_is_heard():
    """ "Yes" stands in the question too."""
    question = "Shall I lock the screen? Say yes or no."
    room = answering(7.0, question)
    asked = START + 0.15 + len(speech(question, VOICE)) / 16000
    end = room.person(speech("yes", "flite:slt"), asked + 0.6)
    room.listen()
    assert not room.guard.said("Yes.", Audio(np.zeros(round((end - asked) * 16000), np.float32), asked))


def test_with_headphones_a_person_is_never_taken_for_us():
    room = answering(8.0, decibel=-200)
    end = room.person(speech("stop", "flite:slt"), 4.0)
    room.person(speech("hey jarvis", "flite:rms"), 5.5)
    cleaned = room.listen()
    assert decibel(part(room.microphone, 4, end), part(cleaned, 4, end)) == pytest.approx(0, abs=0.5)
    assert not room.guard.said("Stop.", Audio(np.zeros(16000, np.float32), end - 0.8))
    assert not room.guard.ours(Wake("hey jarvis", 0.9, 6.4))


def test_with_headphones_a_short_answer_right_after_the_question_counts():
    """Else a quick "yes" would be taken for the end of our own question."""
    room = answering(7.0, decibel=-200)
    ends = START + len(speech(TEXT, VOICE)) / 16000
    owns = {}
    room.listen(lambda _guard, frame, own: owns.__setitem__(frame.end, own))
    assert any(own for end, own in owns.items() if end < START + 1.0)
    assert not any(own for end, own in owns.items() if end > ends)


def test_with_headphones_the_next_sentence_of_an_answer_covers_nothing():
    room = Room(9.0)
    room.answer(speech(TEXT, VOICE), TEXT, START, decibel=-200)
    second = START + len(speech(TEXT, VOICE)) / 16000 + 0.1
    room.answer(speech("Say yes or no.", VOICE), "Say yes or no.", second, decibel=-200)
    owns = {}
    room.listen(lambda _guard, frame, own: owns.__setitem__(frame.end, own))
    assert not any(own for end, own in owns.items() if end > second)


@pytest.mark.parametrize("word", ["No", "Yes", "Yes, please"])
def test_with_headphones_no_first_word_is_taken_for_the_end_of_the_question(word):
    """Out of digital silence it may resemble that, by chance."""
    question = "Thank you: shall I? Say yes or no."
    asked = START + len(speech(question, VOICE)) / 16000
    for after in np.arange(0.1, 1.2, 0.07):
        room = Room(asked + after + 1.5)
        room.answer(speech(question, VOICE), question, START)
        room.microphone[:] = room.echo[:] = 0
        end = room.person(speech(word, "flite:rms"), asked + after)
        owns = {}
        room.listen(lambda _guard, frame, own, owns=owns: owns.__setitem__(frame.end, own))
        assert not any(own for at, own in owns.items() if asked < at < end), after


def test_an_answer_that_was_stopped_at_once_tells_nothing_of_the_next():
    """It was handed over, and stopped before it sounded."""
    room = Room(9.0)
    room.answer(speech(TEXT, VOICE), TEXT, START, decibel=-200, stopped_after=0.05)
    room.answer(speech(TEXT, VOICE), TEXT, START + 2)
    owns = {}

    def ask(guard, frame, own):
        guard.said("Stop.", Audio(np.zeros(8000, np.float32), START))
        owns[frame.end] = own

    room.listen(ask)
    assert all(own for end, own in owns.items() if START + 2.15 < end < START + 4)


def test_before_the_echo_is_found_the_words_decide():
    room = answering(4.0, decibel=-200)
    answers = {}

    def ask(guard, frame, _own):
        if frame.start < START + 1.0 <= frame.end:
            heard = Audio(np.zeros(8000, np.float32), START + 0.4)
            answers.update({text: guard.said(text, heard) for text in ("The weather in", "Turn the music off")})

    room.listen(ask)
    assert answers == {"The weather in": True, "Turn the music off": False}


def test_after_a_stop_the_microphone_is_free_again():
    room = answering(6.0, stopped_after=1.0)
    owns = {}
    room.listen(lambda _guard, frame, own: owns.__setitem__(round(frame.end, 3), own))
    assert any(owns.values())
    assert not any(own for end, own in owns.items() if end > START + 1.0 + 0.15 + 0.6)


@pytest.mark.parametrize("stopped_after", [1.5, 2.0, 2.5, 3.0])
def test_the_rest_of_a_stopped_answer_is_not_a_person(stopped_after):
    """The last of what was handed to the loudspeaker is thrown away, and nobody knows how much."""
    room = answering(6.0, stopped_after=stopped_after, dropped=0.15)
    room.listen()
    heard = Audio(np.zeros(24000, np.float32), START + stopped_after - 0.5)
    assert room.guard.said("Stop.", heard)
