"""What is asked for aloud, with the real program: what needs a yes gets one, and a stranger's plugin answers."""

import json
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ..rigs import join, rms, speech

pytestmark = pytest.mark.e2e

VOICE = "flite:rms"


def say(pulse, *parts):
    pulse.play(join(0.3, *(speech(part, VOICE) if isinstance(part, str) else part for part in parts), 1.5))


@pytest.fixture
def done(home) -> Path:
    """A file that a command of the person's own makes, after a yes."""
    file = home / "done"
    settings = home / "config" / "aihear" / "settings.toml"
    settings.parent.mkdir(parents=True)
    own = f'say = ["thank you"]\nrun = ["touch", {json.dumps(str(file))}]\nconfirm = true\n'
    settings.write_text(f"[plugin.commands.own.example]\n{own}", encoding="utf-8")
    return file


def ask_for_it(pulse, program):
    """Returns when the question has been asked, aloud."""
    with pulse.record() as recording:
        say(pulse, "hey jarvis", 0.4, "thank you")
        asked = program.wait_for("ConfirmationAsked", 30, plugin="commands")
        assert asked["question"] == "Thank you: shall I? Say yes or no."
        program.wait_for("TurnEnded", 30, outcome="asked")
    assert rms(recording.samples) > 0.01


def test_what_needs_a_yes_is_done_after_a_yes_and_nothing_else(pulse, aihear, done):
    program = aihear("run")
    program.wait_for("Ready", 60)
    time.sleep(1.5)

    ask_for_it(pulse, program)
    say(pulse, "No")
    program.wait_for("TurnEnded", 30, outcome="denied")
    assert not done.exists()

    ask_for_it(pulse, program)
    program.wait_for("TurnEnded", 30, outcome="denied")  # nothing is said
    assert not done.exists()
    say(pulse, "Yes")  # to nobody, now that the question is over
    assert not done.exists()

    ask_for_it(pulse, program)
    say(pulse, "Yes")
    program.wait_for("Ran", 30, plugin="commands", intent="own_confirmed")
    program.wait_for("TurnEnded", 30, outcome="done")
    assert done.exists()
    assert len(program.all("Ran")) == 1


def test_a_plugin_from_a_wheel_answers_aloud(home, pulse, aihear, tmp_path):
    """Made as the README's page for authors says."""
    command = [sys.executable, "-m", "aihear_voice"]
    subprocess.run([*command, "plugins", "new", "greeter"], check=True, capture_output=True)
    source = home / "config" / "aihear" / "plugins" / "greeter"
    (source / "plugin.toml").write_text('name = "greeter"\nsummary = "Greets."\napi = 1\n[intents.greet]\n')
    (source / "greeter.py").write_text(
        "from aihear_voice.plugin import Context\n\n\n"
        'def greet(ctx: Context) -> str:\n    return ctx.t("hello", hour=ctx.now().hour)\n'
    )
    (source / "sentences" / "en.toml").write_text(
        '[intents.greet]\nsentences = ["good (morning|evening)"]\n'
        '[answers]\nhello = "Hello to you. It is the hour {hour}."\n'
    )
    (source / "cases.toml").write_text('[[case]]\nsay = "Good morning"\nintent = "greet"\n')
    checked = subprocess.run([*command, "plugins", "check", "greeter"], capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout

    pip = [sys.executable, "-m", "pip", "-q", "--disable-pip-version-check"]
    wheel = [*pip, "wheel", "--no-deps", "--no-index", "--no-build-isolation", "-w", str(tmp_path), str(source)]
    subprocess.run(wheel, check=True)
    source.rename(tmp_path / "source")
    (file,) = tmp_path.glob("*.whl")
    installed = tmp_path / "installed"
    subprocess.run([*pip, "install", "--no-deps", "--no-index", "--target", str(installed), str(file)], check=True)

    program = aihear("run", env={"PYTHONPATH": f"{installed}:{':'.join(filter(None, sys.path))}"})
    program.wait_for("Ready", 60)
    time.sleep(1.5)
    with pulse.record() as recording:
        say(pulse, "hey jarvis", 0.4, "good morning")
        replied = program.wait_for("Replied", 30, plugin="greeter", spoken=True)
        program.wait_for("TurnEnded", 30, outcome="done")
    assert re.fullmatch(r"Hello to you. It is the hour \d+.", replied["text"])
    assert rms(recording.samples) > 0.01
