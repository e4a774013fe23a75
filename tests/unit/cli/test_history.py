"""`aihear history`, as a person and as a script use it."""

import json
import sys

import pytest

from aihear_voice import cli
from aihear_voice.keeping import open_history, open_spool
from aihear_voice.types import Audio
from tests.rigs import noise

pytestmark = pytest.mark.usefixtures("home")


def asked(capsys, *arguments, code=0):
    """What was printed on standard output, and on standard error."""
    assert cli.main(["history", *arguments]) == code
    printed = capsys.readouterr()
    assert "Traceback" not in printed.err
    return printed.out, printed.err


def rows(capsys, *arguments):
    return json.loads(asked(capsys, *arguments, "--json")[0])


def said(text, at=1_700_000_000.0, outcome="delivered", reason=""):
    take = open_spool().begin(at, "dictate", 0.0)
    take.write(noise(1.0, 0.1))
    take.finish(Audio(noise(1.0, 0.1)))
    history = open_history()
    number = history.begin(at, "dictate", 1.0, take.name)
    if text:
        history.heard(number, text, "en")
    if outcome == "delivered":
        history.typed(number, text, "keys", "Mail")
    history.end(number, outcome, reason)
    return number


def test_list_the_newest_last(capsys):
    said("Hello world.", 1.0)
    said("The second one.", 2.0, "failed", "the window closed")
    said("", 3.0, "pending")
    lines = asked(capsys, "list")[0].splitlines()
    assert "Hello world." in lines[0]
    assert "[failed: the window closed]" in lines[1]
    assert "(1.0 s of sound)  [pending]" in lines[2]
    assert [row["outcome"] for row in rows(capsys, "list")] == ["delivered", "failed", "pending"]
    assert [row["outcome"] for row in rows(capsys, "list", "--limit", "1")] == ["pending"]
    assert [row["outcome"] for row in rows(capsys, "list", "--waiting")] == ["failed", "pending"]
    assert [row["text"] for row in rows(capsys, "list", "hel")] == ["Hello world."]
    assert [row["text"] for row in rows(capsys, "list", "--search", "second one")] == ["The second one."]
    assert asked(capsys, "list", "zebra") == ("", "nothing holds: zebra\n")


def test_sound_that_has_no_entry_yet_is_listed(capsys):
    """As after a kill while somebody was speaking."""
    open_spool().begin(1.0, "dictate", 0.0).write(noise(2.0, 0.1))
    (row,) = rows(capsys, "list")
    assert (row["outcome"], row["purpose"], row["seconds"]) == ("pending", "dictate", 2.0)


def test_show(capsys):
    number = said("Hello world.")
    said("Another.", 1_700_000_001.0)
    out, _ = asked(capsys, "show", str(number))
    assert "Hello world." in out
    assert "Mail" in out
    row = rows(capsys, "show", str(number))
    assert (row["id"], row["text"], row["target"], row["actions"]) == (number, "Hello world.", "Mail", [])
    assert rows(capsys, "show")["text"] == "Another."


def test_actions(capsys):
    number = said("open the browser")
    open_history().act(number, 1.0, "commands", "open_program", "started", "firefox")
    open_history().act(None, 2.0, "", "", "answered", "Your timer is up.")
    assert [row["what"] for row in rows(capsys, "actions")] == ["firefox", "Your timer is up."]
    assert [row["did"] for row in rows(capsys, "actions", str(number))] == ["started"]
    assert "commands.open_program" in asked(capsys, "actions")[0]


def test_delete(capsys):
    number, other = said("one"), said("two")
    assert asked(capsys, "delete", str(number)) == ("deleted: 1\n", "")
    assert [row["id"] for row in rows(capsys, "list")] == [other]
    assert len(open_spool().sounds()) == 1
    asked(capsys, "delete", "--all")
    assert rows(capsys, "list") == []
    assert open_spool().sounds() == []


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["show"], 1, "the history is empty"),
        (["copy"], 1, "the history is empty"),
        (["show", "7"], 1, "there is no entry 7"),
        (["retry", "7"], 1, "there is no entry 7"),
        (["delete", "7"], 1, "there is no entry 7"),
        (["delete"], 2, "name the entries"),
        (["delete", "7", "--all"], 2, "name the entries"),
    ],
)
def test_mistakes_are_one_line_and_a_hint(capsys, arguments, code, message):
    out, err = asked(capsys, *arguments, code=code)
    assert out == ""
    assert message in err.splitlines()[0]
    assert [line.split(":")[0].strip() for line in err.splitlines()] == ["aihear", "hint"]


def test_what_has_no_text_is_not_copied(capsys):
    number = said("", outcome="pending")
    _, err = asked(capsys, "copy", str(number), code=1)
    assert f"aihear history retry {number}" in err


def test_nothing_to_retry_is_no_error_and_loads_nothing(capsys):
    said("Hello world.")
    assert asked(capsys, "retry") == ("nothing waits: all was delivered\n", "")
    assert rows(capsys, "retry") == []


def test_a_retry_that_fails_says_so_and_still_waits(capsys, monkeypatch):
    """There is no window to type into."""
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False, raising=False)
    number = said("Hello world.", outcome="failed", reason="the window closed")
    out, _ = asked(capsys, "retry", code=1)
    assert "[failed: cannot type: there is no display]" in out
    assert [row["id"] for row in rows(capsys, "list", "--waiting")] == [number]


def test_a_broken_file_is_one_line(capsys):
    said("Hello world.")
    path = open_history().path
    for each in path.parent.glob("history.db*"):
        each.unlink()
    path.write_text("not a database " * 400)
    _, err = asked(capsys, "list", code=1)
    assert "history.db cannot be used" in err.splitlines()[0]
    assert "aihear run" in err.splitlines()[1]
