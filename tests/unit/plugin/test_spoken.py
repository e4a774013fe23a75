"""What speech may fill into slots, arguments and paths."""

import pytest

from aihear_voice.acting.dry import DryPrograms
from aihear_voice.errors import PluginError
from aihear_voice.plugin.call import perform
from aihear_voice.plugin.context import Services
from aihear_voice.plugin.loader import load_one
from aihear_voice.plugin.spoken import LONGEST
from aihear_voice.types import Match

FILES = {
    "plugin.toml": """
name = "demo"
summary = "For tests."
permissions = ["run", "files"]
[intents.start]
[intents.keep]
slots = { name = "name", place = "path" }
[intents.count]
""",
    "sentences/en.toml": """
[intents.start]
sentences = ["start {text:what}", "start the {kind:what}"]
[intents.keep]
sentences = ["keep {text:name} [in {text:place}]"]
[intents.count]
sentences = ["count {number:n} {percent:p} {duration:d} {time:t} {date:day}"]
[lists.kind]
values = [{ in = "small one", out = "--small" }]
""",
    "demo.py": """
HOW = []
def start(ctx, what):
    for argv in HOW:
        ctx.run([part.replace("WHAT", what) for part in argv])
def keep(ctx, name, place=""):
    return str(ctx.path(name, place or "~/notes"))
def count(ctx, n, p, d, t, day):
    return "counted"
""",
}
GOOD = {"n": -3, "p": 40, "d": 600, "t": "07:30", "day": "2030-03-04"}


class Started(DryPrograms):
    def __init__(self):
        self.argv = []

    def run(self, argv):
        self.argv.append(list(argv))

    def find(self, name):
        return ["found"] if name == "found" else None


@pytest.fixture
def demo(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for path, text in FILES.items():
        target = tmp_path / "demo" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    plugin = load_one(tmp_path / "demo", "personal", {})
    assert plugin.reason == ""
    programs = Started()
    services = Services(
        typist=None, programs=programs, alarms=None, store=None, emit=lambda event: None, now=None, plugins=tuple,
        word_times=None, suggest=None,
    )  # fmt: skip

    def do(intent, text, *how, **slots):
        plugin.function("start").__globals__["HOW"][:] = how
        answer = perform(plugin, services, Match("demo", intent, slots, 1.0), text).text
        return programs.argv or answer

    return do


def test_values_of_the_right_kind_come_through(demo):
    assert demo("count", "count", **GOOD) == "counted"


@pytest.mark.parametrize(
    ("slot", "value"),
    [
        ("n", "three"), ("n", float("nan")), ("n", float("inf")), ("n", True), ("n", 1e300), ("p", 101), ("p", -1),
        ("p", 1.5), ("d", -1), ("d", "10"), ("d", 1e12), ("t", "25:00"), ("t", "7:30"), ("t", "07:30; reboot"),
        ("day", "tomorrow"), ("day", "2030-02-31"), ("day", 7),
    ],
)  # fmt: skip
def test_values_of_another_kind_never_reach_the_function(demo, slot, value):
    with pytest.raises(PluginError, match=f"for {slot}"):
        demo("count", "count", **{**GOOD, slot: value})


@pytest.mark.parametrize("value", ["a\x1b[31m", "a\0b", "a\x07", "x" * (LONGEST + 1), 7])
def test_free_text_is_text_of_a_bearable_length(demo, value):
    with pytest.raises(PluginError, match="for what"):
        demo("start", "start it", what=value)


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("../../etc/passwd", ""), ("..", ""), ("a/b", ""), ("-rf", ""), ("–rf", ""), ("a\nb", ""), ("", ""),
        ("x" * 101, ""), ("a\\b", ""), ("ok", "../up"), ("ok", "a/../../b"), ("ok", "-x/y"), ("a\u202eb", ""),
    ],
)  # fmt: skip
def test_declared_names_and_paths(demo, name, place):
    with pytest.raises(PluginError):
        demo("keep", "keep it", name=name, place=place)


def test_a_name_in_a_folder_of_the_persons(demo, tmp_path):
    assert demo("keep", "keep milk", name="milk") == f"{tmp_path}/home/notes/milk"


@pytest.mark.parametrize(
    ("what", "how"),
    [
        ("-rf", ["rm", "WHAT"]),
        ("--output=x", ["grep", "WHAT"]),
        ("\u2212rf", ["rm", "WHAT"]),
        ("; reboot", ["sh", "-c", "echo WHAT"]),
        ("$(reboot)", ["/usr/bin/bash", "-c", "say 'WHAT'"]),
        ("import os", ["python3.11", "-c", "WHAT"]),
        ("hello", ["xterm", "-e", "bash", "-c", "echo WHAT"]),
        ("hello", ["env", "WHAT"]),
        ("hello", ["ssh", "host", "WHAT"]),
        ("/etc/passwd", ["cat", "WHAT"]),
        ("../../etc/passwd", ["cat", "WHAT"]),
        ("~root/x", ["cat", "WHAT"]),
        (".ssh/id_rsa", ["cat", "WHAT"]),
        ("file:///etc/passwd", ["xdg-open", "WHAT"]),
        ("javascript:alert(1)", ["xdg-open", "WHAT"]),
        ("../../../etc/passwd", ["cat", "--file=WHAT"]),
        ("reboot", ["WHAT"]),
        ("Reboot", ["/sbin/reboot"]),
        ("x" * 1001, ["echo", "WHAT"]),
        ("two\nlines", ["echo", "WHAT"]),
    ],
)
def test_speech_never_becomes_more_than_a_plain_argument(demo, what, how):
    with pytest.raises(PluginError):
        demo("start", f"Start {what}.", how, what=what)


@pytest.mark.parametrize(
    ("what", "how"),
    [
        ("the quarterly report", ["recoll", "-t", "WHAT"]),
        ("black-and-white photos", ["recoll", "-t", "WHAT"]),
        ("weather", ["xdg-open", "https://example.org/?q=WHAT"]),
        ("https://example.org/a", ["xdg-open", "WHAT"]),
        ("and/or", ["xdg-open", "https://example.org/?q=WHAT"]),
        ("letters/report.txt", ["cat", "WHAT"]),
        ("$(reboot); `id` | sh", ["notify-send", "WHAT"]),
        ("--small", ["demo", "WHAT"]),  # which its own list gave
        ("volume", ["osascript", "-e", "output of (get volume settings)"]),
    ],
)
def test_plain_arguments_come_through_as_they_are(demo, what, how):
    said = {"osascript": "set the sound", "demo": "Start the small one."}.get(how[0], f"Start {what}.")
    what = "sound" if how[0] == "osascript" else what
    assert demo("start", said, how, what=what) == [[part.replace("WHAT", what) for part in how]]


def test_a_program_is_started_by_name_where_the_plugin_knows_it(demo, tmp_path):
    with pytest.raises(PluginError, match="only what was said"):
        demo("start", "Start firefox.", ["firefox"], what="firefox")
    code = tmp_path / "demo" / "demo.py"
    code.write_text(code.read_text() + 'KNOWN = ["firefox"]\n')
    assert demo("start", "Start firefox.", ["firefox"], what="firefox") == [["firefox"]]
