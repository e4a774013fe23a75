"""aihear ask as a process."""

import json
import os
import subprocess
import sys


def ask(*words, **env):
    done = subprocess.run(
        [sys.executable, "-m", "aihear_voice", "ask", *words],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, **env},
        stdin=subprocess.DEVNULL,
        check=False,
    )
    assert "Traceback" not in done.stderr
    return done


def asked(text, *flags, **env):
    done = ask(text, "--json", *flags, **env)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_sentence_becomes_an_intent_with_slots(home):
    for said in ("set a timer for ten minutes", "Set a timer for 10 minutes."):
        answer = asked(said, "--dry-run")
        assert (answer["plugin"], answer["slots"]) == ("clock", {"seconds": 600})
        assert answer["reply"]
        assert 0 < answer["confidence"] <= 1
    assert set(answer) == {"plugin", "intent", "slots", "reply", "confidence"}


def test_no_match(home):
    for said in ("", "   ", "?!", "The quick brown fox jumps over the lazy dog."):
        answer = asked(said)
        assert (answer["plugin"], answer["intent"], answer["slots"], answer["confidence"]) == (None, None, {}, 0)
    assert "you can say" in asked("What time was it?")["reply"].lower()


def test_timers_are_kept_for_the_assistant_but_not_by_a_dry_run(home):
    asked("Set a tea timer for ten minutes.", "--dry-run")
    assert asked("How much time is left?")["reply"] == "No timer is running."
    asked("Set a tea timer for ten minutes.")
    assert "tea timer" in asked("How much time is left?")["reply"]
    asked("Cancel the timer.", "--dry-run")
    assert asked("Cancel the timer.")["reply"] == "Tea timer cancelled."
    assert asked("Cancel the timer.")["reply"] == "No timer is running."


def test_what_must_be_confirmed_is_not_done_without_a_person(home):
    rule = {"AIHEAR__POLICY__DEFAULT": "ask"}
    assert "--yes" in asked("Set a timer for ten minutes.", **rule)["reply"]
    assert asked("How much time is left?", "--yes", **rule)["reply"] == "No timer is running."
    assert asked("Set a timer for ten minutes.", "--yes", **rule)["reply"] == "Timer set for 10 minutes."


def test_what_is_denied_is_not_done(home):
    asked("Set a timer for ten minutes.", "--yes", AIHEAR__POLICY__DEFAULT="deny")
    assert asked("How much time is left?")["reply"] == "No timer is running."


def test_plain_text_and_a_language(home):
    done = ask("Stelle einen Timer auf 5 Minuten.", "--language", "de", "--dry-run")
    assert done.stdout.strip() == "Timer auf 5 Minuten gestellt."


def test_a_written_sentence_pays_for_no_heavy_library(home):
    code = (
        "import sys; from aihear_voice.cli import main; main(['ask', 'what time is it', '--json']);"
        "heavy = {'torch', 'whisper', 'openwakeword', 'pyaudio', 'pynput', 'Xlib', 'pyttsx3', 'av'};"
        "print(sorted(sys.modules.keys() & heavy))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
