"""The command line's frame: help, exit codes, one-line errors; and `aihear settings`."""

import json
import subprocess
import sys

import pytest

import aihear_voice
from aihear_voice import cli, paths
from aihear_voice.cli import settings as settings_command
from aihear_voice.errors import DeviceError, ModelError, PluginError, SettingsError


def refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> tuple[int, list[str]]:
    """The exit code, and the lines on stderr; nothing may go to stdout."""
    code = cli.main(arguments)
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "Traceback" not in printed.err
    return code, printed.err.splitlines()


def test_help_names_every_command(capsys):
    with pytest.raises(SystemExit) as done:
        cli.main(["--help"])
    assert done.value.code == 0
    listed = {line.split()[0] for line in capsys.readouterr().out.splitlines() if line.startswith("    ")}
    assert set(cli.COMMANDS) <= listed


@pytest.mark.parametrize("command", cli.COMMANDS)
def test_each_command_has_its_own_help(command, capsys):
    with pytest.raises(SystemExit) as done:
        cli.main([command, "--help"])
    assert done.value.code == 0
    assert capsys.readouterr().out.startswith(f"usage: aihear {command}")


@pytest.mark.parametrize("arguments", [[], ["sing"], ["settings"], ["settings", "show", "--loud"]])
def test_bad_usage_is_exit_code_2(arguments, capsys):
    with pytest.raises(SystemExit) as done:
        cli.main(arguments)
    assert done.value.code == 2
    assert "usage: aihear" in capsys.readouterr().err


def test_version(capsys):
    with pytest.raises(SystemExit) as done:
        cli.main(["--version"])
    assert done.value.code == 0
    assert capsys.readouterr().out == f"aihear {aihear_voice.__version__}\n"


def test_a_misspelt_setting_is_one_line_and_a_hint(home, capsys):
    code, lines = refused(["settings", "show", "--set", "wake.treshold=1"], capsys)
    assert code == 2
    assert lines == ["aihear: unknown setting wake.treshold (--set)", "  hint: did you mean wake.threshold?"]


@pytest.mark.parametrize(("error", "code"), [(SettingsError, 2), (DeviceError, 3), (ModelError, 4), (PluginError, 5)])
def test_expected_errors_are_one_line_a_hint_and_an_exit_code(error, code, monkeypatch, capsys):
    def fail(arguments):
        raise error("something is missing", "missing", "put it there")

    monkeypatch.setattr(settings_command, "run", fail)
    assert refused(["settings", "show"], capsys) == (code, ["aihear: something is missing", "  hint: put it there"])


def test_a_fault_of_ours_is_shown_once_and_whole(monkeypatch, capsys):
    monkeypatch.setattr(settings_command, "run", lambda arguments: {}["nothing"])
    assert cli.main(["settings", "show"]) == 1
    printed = capsys.readouterr().err
    assert printed.count("Traceback") == 1
    assert "KeyError" in printed


def test_ctrl_c_is_quiet(monkeypatch, capsys):
    def interrupted(arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(settings_command, "run", interrupted)
    assert refused(["settings", "show"], capsys) == (130, [])


def test_a_reader_that_goes_away_is_no_error(home):
    command = f"'{sys.executable}' -m aihear_voice settings show | head -n 1; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=30)
    assert (done.returncode, done.stderr) == (0, "")


def test_settings_show_prints_values_with_their_origin(home, monkeypatch, capsys):
    monkeypatch.setenv("AIHEAR__SPEAKING__RATE", "200")
    assert cli.main(["settings", "show", "--json", "--set", "wake.enabled=false"]) == 0
    rows = {row["key"]: (row["value"], row["origin"]) for row in json.loads(capsys.readouterr().out)}
    assert rows["wake.enabled"] == (False, "--set")
    assert rows["speaking.rate"] == (200, "AIHEAR__SPEAKING__RATE")
    assert rows["typing.method"] == ("auto", "default")
    assert cli.main(["settings", "show", "--set", "wake.enabled=false"]) == 0
    assert "wake.enabled" in capsys.readouterr().out


def test_settings_path_and_edit_make_the_file(home, monkeypatch, capsys):
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("EDITOR", 'sh -c \'printf "[wake]\\nenabled = false\\n" >> "$0"\'')
    assert cli.main(["settings", "path"]) == 0
    assert capsys.readouterr().out.strip() == str(paths.personal_settings())
    assert cli.main(["settings", "edit"]) == 0
    assert cli.main(["settings", "show", "--json"]) == 0
    rows = {row["key"]: row["value"] for row in json.loads(capsys.readouterr().out)}
    assert rows["wake.enabled"] is False


def test_an_editor_that_is_not_there_is_one_line(home, monkeypatch, capsys):
    monkeypatch.setenv("VISUAL", "no-such-editor")
    code, lines = refused(["settings", "edit"], capsys)
    assert code == 2
    assert "no-such-editor" in lines[0]
