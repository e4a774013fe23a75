"""The history: a person's own file of what was said, which survives, can be searched, and forgets for good."""

import stat
import subprocess
import sys
import threading

import pytest

from aihear_voice.transcripts.history import History, HistoryError


@pytest.fixture
def history(tmp_path):
    return History(tmp_path / "state" / "history.db")


def said(history, text, at=1.0, language="en", sound=None):
    number = history.begin(at, "dictate", 2.0, sound)
    history.heard(number, text, language)
    return number


def test_only_its_owner_can_read_it(history):
    said(history, "hello")
    assert stat.S_IMODE(history.path.parent.stat().st_mode) == 0o700
    files = list(history.path.parent.iterdir())
    assert len(files) == 3, "the file, its journal, and their index"
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}


def test_an_utterance_from_its_beginning_to_its_delivery(history):
    number = history.begin(12.5, "dictate", 3.5, "a.wav")
    assert (history.entry(number).outcome, history.waiting()) == ("pending", 1)
    history.heard(number, "hello comma world", "en")
    history.typed(number, "Hello,", "keys", "Mail", "thunderbird")
    history.typed(number, " world.", "keys", "Mail", "thunderbird")
    history.end(number, "delivered")
    entry = history.entry(number)
    assert (entry.at, entry.seconds, entry.sound, entry.heard) == (12.5, 3.5, "a.wav", "hello comma world")
    assert (entry.words, entry.method, entry.target, entry.application) == (
        "Hello, world.",
        "keys",
        "Mail",
        "thunderbird",
    )
    assert (entry.outcome, history.waiting()) == ("delivered", 0)


def test_another_attempt_replaces_what_the_first_had_typed(history):
    number = said(history, "hello world")
    history.typed(number, "hel", "keys", "Mail")
    history.end(number, "failed", "the window closed")
    assert history.entry(number).reason == "the window closed"
    assert history.entry(number).words == "hello world", "not the part that was typed"
    history.heard(number, "hello world", "en")
    history.typed(number, "Hello world", "paste", "Mail")
    history.end(number, "delivered")
    assert (history.entry(number).words, history.entry(number).reason) == ("Hello world", "")


def test_the_same_sound_is_the_same_entry(history):
    first = history.begin(1.0, "dictate", 0.5, "a.wav")
    assert history.begin(1.0, "dictate", 2.5, "a.wav") == first
    assert history.begin(1.0, "dictate", 2.5, "b.wav") != first
    assert history.begin(1.0, "dictate", 2.5, None) != history.begin(1.0, "dictate", 2.5, None)
    assert history.entry(first).seconds == 2.5


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("cafe", ["de"]), ("Café", ["de"]), ("züri", ["de"]), ("ZURICH cafe", ["de"]), ("北京", ["zh"]), ("京北", []),
        ("住", ["zh"]), ("naïve", ["en"]), ("cafe naive", []), ("", ["zh", "de", "en"]), ("it's", ["en"]),
        ('"', []), ("naive*", ["en"]), ("NOT", []), ("-naive", ["en"]), ("(", []), ("text:naive", []), ("don", []),
    ],
)  # fmt: skip
def test_search(history, search, found):
    numbers = {
        said(history, "It's a naive idea.", 1.0): "en",
        said(history, "Das Café in Zürich ist zu.", 2.0, "de"): "de",
        said(history, "我住在北京。", 3.0, "zh"): "zh",
    }
    assert [numbers[entry.id] for entry in history.entries(search)] == found


def test_what_was_typed_is_found_too(history):
    number = said(history, "my address")
    history.typed(number, "Baker Street 221b", "keys", "Mail")
    assert [entry.id for entry in history.entries("baker")] == [number]
    assert [entry.id for entry in history.entries("address")] == [number]


def test_pieces_that_were_transcribed_together_are_one_entry(history):
    one, two, three = (history.begin(at, "dictate", 1.0, f"{at}.wav") for at in (1.0, 2.0, 3.0))
    history.heard(three, "One. Two. Three.", "en")
    history.end(three, "delivered", parts=[one, two])
    assert [entry.id for entry in history.entries()] == [three]
    assert [entry.id for entry in history.parts(three)] == [one, two]
    assert history.waiting() == 0
    assert sorted(history.delete([three])) == ["1.0.wav", "2.0.wav", "3.0.wav"]
    assert history.parts(three) == []


def test_deleted_words_are_nowhere_in_the_files(history):
    number = said(history, "the password is Zanzibar")
    history.typed(number, "The password is Zanzibar.", "keys", "Zanzibar window")
    history.act(number, 1.0, "dictation", "insert", "typed", "Zanzibar")
    other = said(history, "something else")
    assert any(b"Zanzibar" in path.read_bytes() for path in history.path.parent.iterdir())
    history.delete([number])
    for path in history.path.parent.iterdir():
        assert b"zanzibar" not in path.read_bytes().lower(), path.name
    assert history.entry(number) is None
    assert history.entries("zanzibar") == []
    assert history.actions() == []
    assert [entry.id for entry in history.entries("else")] == [other]


def test_numbers_are_never_given_twice(history):
    """`aihear history copy 7` must not mean another text tomorrow."""
    number = said(history, "one")
    history.delete([number])
    assert said(history, "two") > number


def test_program_and_command_line_write_at_once(history):
    other, faults = History(history.path), []

    def write(mine, name):
        try:
            for count in range(40):
                number = said(mine, f"{name} {count}")
                mine.end(number, "delivered")
                mine.entries(name)
        except Exception as error:
            faults.append(error)

    threads = [threading.Thread(target=write, args=args) for args in ((history, "program"), (other, "person"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert len(history.entries("program")) == len(other.entries("person")) == 40


def test_a_killed_writer_leaves_a_whole_file(tmp_path):
    path = tmp_path / "history.db"
    code = (
        "import os, sys\n"
        "from pathlib import Path\n"
        "from aihear_voice.transcripts.history import History\n"
        "history = History(Path(sys.argv[1]))\n"
        "number = history.begin(1.0, 'dictate', 2.0, 'a.wav')\n"
        "with history._writing() as base:\n"
        "    base.execute('UPDATE utterance SET heard = \\'half\\'')\n"
        "    os.kill(os.getpid(), 9)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, timeout=60)
    assert done.returncode == -9, done.stderr
    (entry,) = History(path).entries()
    assert (entry.outcome, entry.heard, entry.sound) == ("pending", "", "a.wav")


def test_a_file_that_is_none_is_one_line(tmp_path):
    (tmp_path / "history.db").write_text("not a database, " * 300)
    with pytest.raises(HistoryError, match=r"history\.db cannot be used"):
        History(tmp_path / "history.db")


def test_a_newer_programs_file_is_left_alone(history):
    with history._writing() as base:
        base.execute("PRAGMA user_version = 99")
    with pytest.raises(HistoryError, match="newer"):
        History(history.path)
