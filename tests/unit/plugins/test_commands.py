"""Programs, the volume and the person's own commands."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from aihear_voice import paths
from aihear_voice.acting.dry import DryPrograms, DryTypist
from aihear_voice.acting.programs import DesktopPrograms
from aihear_voice.events import Event, Ran
from aihear_voice.plugin import Reply, loader
from aihear_voice.plugin.alarms import Alarms
from aihear_voice.plugin.context import Context, Services
from aihear_voice.plugin.manifest import Plugin
from aihear_voice.plugin.store import MemoryStore
from aihear_voice.understanding.router import TemplateRouter

LOADED: dict[str, Plugin] = {}


def commands(changes: dict[str, object]) -> Plugin:
    """Loading takes a quarter of a second."""
    key = repr(changes)
    if key not in LOADED:
        LOADED[key] = loader.load_one(paths.shipped_plugins() / "commands", "shipped", changes)
    return LOADED[key]


class Desk:
    def __init__(self, dry: bool = True, **changes: object) -> None:
        self.plugin = commands(changes)
        assert self.plugin.reason == ""
        self.events: list[Event] = []
        self.services = Services(
            typist=DryTypist(), programs=DryPrograms() if dry else DesktopPrograms(), alarms=Alarms(None),
            store=lambda name: MemoryStore(), emit=self.events.append, now=lambda: datetime.now(UTC),
            plugins=lambda: (), word_times=None, suggest=lambda text, language: (), dry_run=dry,
        )  # fmt: skip

    def do(self, intent: str, text: str = "", language: str = "en", **slots: object) -> str:
        context = Context(self.plugin, self.services, language, text, self.plugin.settings)
        answer = self.plugin.function(intent)(context, **slots)
        return answer.text if isinstance(answer, Reply) else answer or ""

    @property
    def ran(self) -> list[tuple[str, ...]]:
        return [event.argv for event in self.events if isinstance(event, Ran)]


@pytest.fixture
def bin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder in which programs are found, besides what /bin/sh needs."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setenv("XDG_DATA_DIRS", str(tmp_path / "none"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    return folder


def program(folder: Path, name: str, script: str = "exit 0") -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def test_opens_the_first_candidate_that_is_installed(bin: Path) -> None:
    program(bin, "chromium")
    desk = Desk()
    assert desk.do("open_program", program="browser") == "Opening browser."
    assert desk.do("open_program", program="Web Browser") == "Opening Web Browser."
    assert desk.do("open_program", program="Navegador", language="es") == "Abro Navegador."
    assert desk.ran == [("chromium",)] * 3


def test_the_persons_own_choice_comes_first(bin: Path) -> None:
    program(bin, "chromium")
    desk = Desk(programs={"browser": ["netsurf", "--new"]})
    desk.do("open_program", program="browser")
    assert desk.ran == [("netsurf", "--new")]


def test_never_guesses_a_program(bin: Path) -> None:
    program(bin, "reboot")
    program(bin, "chromium")
    desk = Desk()
    for name in ("reboot", "/bin/sh", "rm -rf /", "chrom", "", "..."):
        assert "no program" in desk.do("open_program", program=name), name
    assert desk.ran == []


def test_finds_an_installed_application_by_its_name(bin: Path, tmp_path: Path) -> None:
    program(bin, "frob-edit")
    entries = tmp_path / "share/applications"
    entries.mkdir(parents=True)
    (entries / "frob.desktop").write_text(
        '[Desktop Entry]\nType=Application\nName=Frobnicator\nName[de]=Frobnikator\nExec=frob-edit "--mode x" %U\n'
    )
    desk = Desk()
    desk.do("open_program", program="frobnikator")
    assert desk.ran == [("frob-edit", "--mode x")]


@pytest.mark.parametrize(
    ("printed", "intent", "said"),
    [
        ("Volume: front-left: 42598 /  65% / -11.23 dB", "volume_up", "75%"),
        ("Volume: front-left: 62258 /  95% / -1.34 dB", "volume_up", "100%"),
        ("Volume: front-left: 3276 /   5% / -78 dB", "volume_down", "0%"),
    ],
)
def test_changes_the_volume_within_its_range(bin: Path, tmp_path: Path, printed: str, intent: str, said: str) -> None:
    log = tmp_path / "log"
    program(bin, "pactl", f'if [ "$1" = get-sink-volume ]; then echo "{printed}"; else echo "$3" >> {log}; fi')
    Desk(dry=False).do(intent)
    assert log.read_text().strip() == said


def test_says_when_nothing_can_set_the_volume(bin: Path) -> None:
    assert "no program" in Desk(dry=False).do("set_volume", percent=40)
    assert "0 to 100" in Desk(dry=False).do("set_volume", percent=140)


def test_tries_the_next_tool_where_one_fails(bin: Path, tmp_path: Path) -> None:
    program(bin, "xdg-screensaver", "exit 1")
    program(bin, "loginctl", f"echo locked > {tmp_path}/log")
    assert Desk(dry=False).do("lock") == "The screen is locked."
    assert (tmp_path / "log").read_text() == "locked\n"


def test_a_screenshot_that_was_not_taken_is_not_claimed(bin: Path, home: Path) -> None:
    program(bin, "scrot", "exit 0")
    assert "no program" in Desk(dry=False).do("screenshot")


def test_a_dry_run_runs_nothing(bin: Path, tmp_path: Path, home: Path) -> None:
    for name in ("pactl", "scrot", "systemctl", "chromium"):
        program(bin, name, f"touch {tmp_path}/ran")
    desk = Desk()
    for intent in ("volume_up", "screenshot", "shut_down"):
        desk.do(intent)
    desk.do("open_program", program="browser")
    time.sleep(0.2)
    assert not (tmp_path / "ran").exists()
    assert len(desk.ran) == 4


# The person's own commands

OWN = {
    "backup": {"say": ["(back up|save) my {folder}"], "run": ["copy", "-a", "{folder}", "/disk/{folder}"],
               "slots": {"folder": ["Photos", "My Documents"]}},
    "brightness": {"say": ["set the lamp to {level}"], "run": ["light", "-S", "{level}"],
                   "slots": {"level": "number"}, "confirm": True},
    "note": {"say": ["jot down {words}"], "run": ["note", "--", "{words}"], "slots": {"words": "text"},
             "reply": "Noted."},
    "host": {"say": ["what is my host name"], "run": ["hostname"], "output": True},
}  # fmt: skip


def test_own_commands_become_argument_lists(bin: Path) -> None:
    desk = Desk(own=OWN)
    assert desk.do("own", "Back up my photos.", folder="photos") == "Done."
    assert desk.do("own", "Jot down milk and eggs", words="milk; rm $(x)") == "Noted."
    desk.do("own_confirmed", "Set the brightness to 40", level=40)
    assert desk.ran == [
        ("copy", "-a", "Photos", "/disk/Photos"),
        ("note", "--", "milk; rm $(x)"),  # one argument: there is no shell to read it
        ("light", "-S", "40"),
    ]


def test_own_commands_tell_what_they_printed(bin: Path) -> None:
    program(bin, "hostname", "echo  jupiter")
    assert Desk(dry=False, own=OWN).do("own", "What is my host name?") == "jupiter"


@pytest.mark.parametrize("value", ["-rf", "../x", "a/b", "a\nb", "", "x" * 300, "\\srv"])
def test_own_commands_refuse_dangerous_values(bin: Path, value: str) -> None:
    desk = Desk(own=OWN)
    assert "cannot use" in desk.do("own", f"Jot down {value}", words=value)
    assert desk.ran == []


def test_own_commands_take_only_allowed_values(bin: Path) -> None:
    desk = Desk(own=OWN)
    assert desk.do("own", "Back up my music", folder="music") == "folder can be: Photos, My Documents."
    assert desk.ran == []


def test_a_path_may_have_separators_only_where_that_is_said(bin: Path) -> None:
    own = {"show": {"say": ["show {file}"], "run": ["view", "{file}"], "slots": {"file": "path"}}}
    desk = Desk(own=own)
    desk.do("own", "Show a/b.txt", file="a/b.txt")
    assert "cannot use" in desk.do("own", "Show ../b", file="../b")
    assert desk.ran == [("view", "a/b.txt")]


@pytest.mark.parametrize(
    "table",
    [
        {"say": [], "run": ["x"]},
        {"say": ["x"], "run": "rm -rf"},
        {"say": ["x {y}"], "run": ["a", "{y}"]},
        {"say": ["x"], "run": ["a", "{y}"], "slots": {"y": "text"}},
        {"say": ["x {y}"], "run": ["{y}"], "slots": {"y": "text"}},
        {"say": ["x {y}"], "run": ["a"], "slots": {"y": "anything"}},
        {"say": ["x"], "run": ["a"], "shell": True},
        "rm",
    ],
)
def test_tells_what_is_wrong_with_an_own_command_and_keeps_the_rest(table: object) -> None:
    plugin = loader.load_one(paths.shipped_plugins() / "commands", "shipped", {"own": {"mine": table}})
    assert plugin.status == "ok"
    assert "mine" in plugin.reason
    assert plugin.function("volume_up")


def test_own_sentences_are_understood(bin: Path) -> None:
    desk = Desk(own=OWN)
    router = TemplateRouter([desk.plugin], ["en"])
    match = router.route("Please back up my documents.", "en", "assist")
    assert match is not None
    assert (match.intent, dict(match.slots)) == ("own", {"folder": "documents"})
    match = router.route("Set the lamp to forty.", "en", "assist")
    assert match is not None
    assert (match.intent, dict(match.slots)) == ("own_confirmed", {"level": 40})
    assert desk.plugin.intents["own_confirmed"].confirm


def test_an_own_sentence_goes_before_one_that_came_with_the_program() -> None:
    desk = Desk(own={"quiet": {"say": ["turn the volume up"], "run": ["lamp"]}})
    match = TemplateRouter([desk.plugin], ["en"]).route("Turn the volume up.", "en", "assist")
    assert match is not None
    assert match.intent == "own"


@pytest.mark.parametrize(
    ("tool", "printed", "intent", "said"),
    [
        ("brightnessctl", "intel_backlight,backlight,400,40%,1000", "brightness_up", "set 50%"),
        ("brightnessctl", "intel_backlight,backlight,80,8%,1000", "brightness_down", "set 5%"),
        ("light", "62.51", "brightness_down", "-S 52"),
        ("xbacklight", "100.000000", "brightness_up", "-set 100"),
        ("gdbus", "(<40>,)", "brightness_up", "Brightness <int32 50>"),
    ],
)
def test_changes_the_brightness(bin: Path, tmp_path: Path, tool: str, printed: str, intent: str, said: str) -> None:
    log = tmp_path / "log"
    log.touch()
    program(bin, tool, f'case "$*" in *-m|*-G|*-get|*Get*) echo "{printed}";; *) echo "$@" >> {log};; esac')
    Desk(dry=False).do(intent)
    assert log.read_text().strip().endswith(said)


def test_no_voice_makes_the_screen_black(bin: Path, tmp_path: Path) -> None:
    program(bin, "brightnessctl", f'echo "$@" >> {tmp_path}/log')
    Desk(dry=False).do("set_brightness", percent=0)
    assert (tmp_path / "log").read_text().splitlines()[-1] == "set 5%"
    program(bin, "brightnessctl", f'[ "$1" = -m ] && echo "a,b,30,3%,1000"; echo "$@" >> {tmp_path}/log')
    Desk(dry=False).do("brightness_down")  # darker already, by hand: it is not made brighter
    assert (tmp_path / "log").read_text().splitlines()[-1] == "set 3%"


def test_the_old_level_comes_back(bin: Path, tmp_path: Path) -> None:
    log = tmp_path / "log"
    program(bin, "pactl", f'if [ "$1" = get-sink-volume ]; then echo "65%"; else echo "$@" >> {log}; fi')
    desk = Desk(dry=False)
    for intent, slots in (("volume_up", {}), ("set_volume", {"percent": 20}), ("mute", {})):
        context = Context(desk.plugin, desk.services, "en", "", desk.plugin.settings)
        desk.plugin.function(intent)(context, **slots).undo()
    done = [line.split()[-1] for line in log.read_text().splitlines()]
    assert done == ["75%", "65%", "20%", "65%", "1", "0"]


PLAYERS = (
    '{"type":"as","data":[["org.mpris.MediaPlayer2.vlc","org.freedesktop.DBus","org.mpris.MediaPlayer2.spotify"]]}'
)
SONG = '{"type":"a{sv}","data":{"xesam:title":{"type":"s","data":"Blue"},"xesam:artist":{"type":"as","data":["Ann"]}}}'


def test_asks_the_player_that_plays(bin: Path, tmp_path: Path) -> None:
    log = tmp_path / "log"
    script = f"""case "$*" in
*ListNames*) echo '{PLAYERS}';;
*spotify*PlaybackStatus*) echo '{{"type":"s","data":"Playing"}}';;
*PlaybackStatus*) echo '{{"type":"s","data":"Paused"}}';;
*Metadata*) echo '{SONG}';;
*) echo "$4 $5 $7 $8" >> {log};;
esac"""
    program(bin, "busctl", script)
    desk = Desk(dry=False)
    desk.do("media", action="next_track")
    desk.do("media", action="stop")
    said = [line.split() for line in log.read_text().splitlines()]
    assert [(line[0].rpartition(".")[2], line[-1]) for line in said] == [("spotify", "Next"), ("spotify", "Stop")]
    assert desk.do("now_playing") == "This is Blue by Ann."
    assert desk.do("now_playing", language="fr") == "C'est Blue de Ann."


def test_without_a_player_it_is_the_media_key(bin: Path) -> None:
    desk = Desk()
    desk.do("media", action="pause")
    assert desk.ran == [("play_pause",)]
    assert desk.do("now_playing") == "I see no player that plays anything."


def test_windows_and_workspaces(bin: Path) -> None:
    desk = Desk()
    assert desk.do("arrange", action="left") == ""
    assert desk.do("arrange", action="fullscreen", program="firefox") == ""
    assert desk.do("go_to_workspace", number=3) == ""
    assert desk.do("carry_to_workspace", way="next") == ""
    assert desk.ran == [("left",), ("fullscreen", "firefox"), ("go to", "3"), ("carry", "next")]
    for number in (0, -1, 2.5, 400):
        assert "no workspace" in desk.do("go_to_workspace", number=number)


def test_logs_out_by_the_desktop_that_answers(bin: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(bin, "swaymsg", "exit 1")
    program(bin, "loginctl", f'echo "$@" > {tmp_path}/log')
    monkeypatch.setenv("XDG_SESSION_ID", "c7")
    assert Desk(dry=False).do("log_out") == "Logging out."
    assert (tmp_path / "log").read_text().strip() == "terminate-session c7"
    monkeypatch.delenv("XDG_SESSION_ID")
    assert "does not let me" in Desk(dry=False).do("log_out")


def test_whatever_ends_the_session_asks_first() -> None:
    intents = Desk().plugin.intents
    assert all(intents[name].confirm for name in ("suspend", "hibernate", "shut_down", "restart", "log_out"))
