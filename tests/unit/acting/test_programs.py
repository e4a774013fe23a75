"""Programs are started by argument lists, and found by their names in menus."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

from aihear_voice.acting.applications import command_line, find, normal_name, read_entry
from aihear_voice.acting.dry import DryPrograms, DryTypist
from aihear_voice.acting.programs import DesktopPrograms
from aihear_voice.errors import DeviceError, SettingsError


def wait_for(path: Path) -> str:
    deadline = time.monotonic() + 10
    while not (path.exists() and path.read_text()) and time.monotonic() < deadline:
        time.sleep(0.02)
    return path.read_text()


def test_starts_a_program_that_outlives_us(tmp_path: Path, home: Path) -> None:
    out = tmp_path / "out"
    script = f"import os; open({str(out)!r}, 'w').write(f'{{os.getsid(0) == os.getpid()}} {{os.getcwd()}}')"
    DesktopPrograms().run([sys.executable, "-c", script])
    assert wait_for(out) == f"True {home}"


def test_leaves_no_zombie(tmp_path: Path) -> None:
    out = tmp_path / "pid"
    DesktopPrograms().run([sys.executable, "-c", f"import os; open({str(out)!r}, 'w').write(str(os.getpid()))"])
    pid = wait_for(out)
    deadline = time.monotonic() + 5
    while Path(f"/proc/{pid}").exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not Path(f"/proc/{pid}").exists()


def test_no_shell_reads_the_arguments(tmp_path: Path) -> None:
    nasty = f"$(touch {tmp_path}/x) `id` ; echo; * ~ \" '"
    printed = DesktopPrograms().call([sys.executable, "-c", "import sys; print(sys.argv[1])", nasty])
    assert printed == nasty + "\n"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("argv", [["no-such-program-here"], [], [""], ["/etc/passwd"]])
def test_tells_what_is_not_there(argv: list[str]) -> None:
    for act in (DesktopPrograms().run, DesktopPrograms().call):
        with pytest.raises(DeviceError) as error:
            act(argv)
        assert error.value.code == "no_program"
        assert error.value.hint


def test_tells_why_a_program_failed() -> None:
    with pytest.raises(DeviceError) as error:
        DesktopPrograms().call([sys.executable, "-c", "import sys; sys.exit('the disk is full')"])
    assert error.value.code == "program_failed"
    assert "the disk is full" in error.value.message


def test_ends_a_program_that_takes_too_long(tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    script = (
        f"import subprocess; p = subprocess.Popen(['sleep', '60']);open({str(pid)!r}, 'w').write(str(p.pid)); p.wait()"
    )
    with pytest.raises(DeviceError) as error:
        DesktopPrograms().call([sys.executable, "-c", script], timeout=1.5)
    assert error.value.code == "program_stuck"
    child = Path(f"/proc/{pid.read_text()}/stat")
    deadline = time.monotonic() + 5
    while child.exists() and " Z " not in child.read_text() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not child.exists() or " Z " in child.read_text()  # what it had started is gone, too


@pytest.mark.parametrize(
    ("value", "argv"),
    [
        ("firefox %u", ["firefox"]),
        ('"/opt/My App/run" --new-window %U', ["/opt/My App/run", "--new-window"]),
        ("env A=b app --file=%f", ["env", "A=b", "app", "--file="]),
        ("app %i --caption %c 100%%", ["app", "--caption", "100%"]),
        ('app "unclosed', []),
        ("", []),
    ],
)
def test_reads_command_lines_of_menus(value: str, argv: list[str]) -> None:
    assert command_line(value) == argv


@pytest.fixture
def menu(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setenv("XDG_DATA_DIRS", str(tmp_path / "system"))
    for folder in ("applications", "system/applications"):
        (tmp_path / folder).mkdir(parents=True)
    return tmp_path


def entry(path: Path, **fields: str) -> None:
    lines = [f"{key}={value}" for key, value in {"Type": "Application", "Exec": "true %U", **fields}.items()]
    path.write_text(
        "# comment\n[Desktop Entry]\n" + "\n".join(lines) + "\n[Desktop Action new]\nName=Other\nExec=false\n"
    )


def test_finds_by_name_in_any_language(menu: Path) -> None:
    entry(menu / "system/applications/org.x.Rechner.desktop", Name="Calculator", **{"Name[de]": "Taschenrechner"})
    for name in ("calculator", "Calculator!", "taschenrechner", "rechner"):
        assert find(name) == ["true"], name
    assert find("other") is None


def test_finds_by_a_part_that_only_one_has(menu: Path) -> None:
    entry(menu / "applications/a.desktop", Name="Office Writer", Exec="true a")
    entry(menu / "applications/b.desktop", Name="Office Calc", Exec="true b")
    assert find("writer") == ["true", "a"]
    assert find("office") is None
    assert find("write") is None


def test_the_persons_own_entry_hides_the_systems(menu: Path) -> None:
    entry(menu / "system/applications/a.desktop", Name="Tool", Exec="true system")
    entry(menu / "applications/a.desktop", Name="Tool", Exec="true own")
    assert find("tool") == ["true", "own"]
    entry(menu / "applications/a.desktop", Name="Tool", Hidden="true")
    assert find("tool") is None


@pytest.mark.parametrize(
    "fields",
    [
        {"NoDisplay": "true"},
        {"Type": "Link"},
        {"Exec": "no-such-program"},
        {"TryExec": "no-such-program"},
        {"Exec": ""},
    ],
)
def test_passes_over_what_no_menu_shows(menu: Path, fields: dict[str, str]) -> None:
    path = menu / "applications/a.desktop"
    entry(path, Name="Tool", **fields)
    assert read_entry(path) is None


def test_commands_are_no_applications(menu: Path) -> None:
    for name in ("ls", "rm", "sh", "reboot", "", "  ", "/bin/ls"):
        assert find(name) is None


def test_normal_names() -> None:
    assert normal_name("  Éditeur-de  Texte! ") == "editeur de texte"
    assert normal_name("计算器") == "计算器"


# Dry runs


def test_a_dry_run_starts_nothing(tmp_path: Path) -> None:
    programs = DryPrograms()
    programs.run(["touch", str(tmp_path / "x")])
    assert programs.call(["touch", str(tmp_path / "x")]) == ""
    assert list(tmp_path.iterdir()) == []


def test_a_dry_typist_remembers() -> None:
    typist = DryTypist()
    assert typist.type("one").method == "dry_run"
    typist.type(" two")
    assert typist.before() == "one two"
    assert typist.scratch() == " two"
    assert typist.before() == "one"
    with pytest.raises(SettingsError):
        typist.press("nonsense")
