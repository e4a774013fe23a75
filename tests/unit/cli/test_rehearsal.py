"""The rehearsal's counting and telling; that the program understands the recording is tested in tests/flow."""

import io

from rich.console import Console

from aihear_voice.audio.file import decode
from aihear_voice.cli import rehearsal
from aihear_voice.events import FinalText, Replied, TurnEnded
from tests import make_rehearsal


def rehearsed(understood: int, not_understood: int) -> tuple[int, str]:
    """Exit code and text of a rehearsal in which so many turns go well and so many do not."""
    turns = [
        (number, "done" if number <= understood else "no_match") for number in range(1, 1 + understood + not_understood)
    ]

    def run(path, listener):
        assert path.is_file()
        for turn, outcome in turns:
            listener(FinalText(text="press [enter]", language="en", reliable=True, compute_s=0.1, turn=turn))
            listener(Replied(text="Done.", turn=turn))
            listener(TurnEnded(outcome=outcome, turn=turn))

    out = io.StringIO()
    code = rehearsal.rehearse(run, Console(file=out, width=120))
    return code, out.getvalue()


def test_it_says_what_happens_and_counts():
    code, text = rehearsed(14, 2)
    assert code == 0
    assert "no microphone" in text.partition("you said")[0]
    assert "press [enter]" in text
    assert "16 were heard, 14 were understood" in text


def test_too_few_understood_is_a_fault():
    assert rehearsed(12, 4)[0] == 0
    code, text = rehearsed(11, 5)
    assert code == 1
    assert "too few" in text


def test_requests_that_were_not_even_heard_count_too():
    assert rehearsed(4, 0)[0] == 1


def test_the_recording_is_the_one_that_the_program_describes():
    recording = decode(rehearsal.paths.assets() / "rehearsal.flac")
    assert len(make_rehearsal.LINES) == rehearsal.UTTERANCES
    assert abs(recording.duration - rehearsal.SECONDS) < 1
