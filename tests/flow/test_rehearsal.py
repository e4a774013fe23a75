"""`aihear run` on a computer without a microphone: the shipped recording through the real program."""

from tests import rigs

WANTED = (
    "clock: tell time",
    "clock: start timer (seconds 600)",
    "commands: screenshot",
    "commands: volume up",
    "help: what can i say",
    "commands: open program",
    "clock: time left",
    "pronunciation: check (target weather)",
    "keys: scroll (direction down)",
    "keys: press (key enter)",
    "dictation: start",
    "dictation: scratch",
    "dictation: stop",
)


def test_without_a_microphone_the_program_shows_what_it_does(home):
    done = rigs.aihear_once("run", timeout=240, COLUMNS="200")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    assert "no microphone" in done.stdout.splitlines()[0]
    understood = [line.partition("understood  ")[2] for line in done.stdout.splitlines()]
    assert [wanted for wanted in WANTED if not any(line.startswith(wanted) for line in understood)] == []
    assert "would type  Thank you very much, Laura." in done.stdout
    assert "aihear doctor" in done.stdout.splitlines()[-2]


def test_a_program_that_reads_our_events_gets_the_error(home):
    done = rigs.aihear_once("run", "--json")
    assert done.returncode == 3
    assert done.stdout == ""
    assert "no microphone" in done.stderr
