"""What is said to do harm does none: counted by tracing each process started and each file changed."""

import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests import hostile

COUNT = 300
SOAK = 10_000


@pytest.mark.skipif(sys.platform != "linux", reason="strace")
def test_hostile_transcripts_start_no_program_but_allowed_ones(tmp_path):
    _assert_harmless(hostile.attack(tmp_path, COUNT, seed=6, timeout=120), COUNT)


@pytest.mark.soak
@pytest.mark.skipif(sys.platform != "linux", reason="strace")
@pytest.mark.parametrize("part", range(10))
def test_ten_thousand_hostile_transcripts(part, tmp_path):
    count = max(50, round(SOAK / 10 * float(os.environ.get("AIHEAR_SOAK", "1"))))
    result = hostile.attack(tmp_path, count, seed=100 + part, timeout=1200)
    started = Counter(Path(argv[0]).name for argv in result.argvs)
    print(f"{count}: {result.report['counts']}; started: {dict(started)}; slowest {result.report['slowest']:.2f} s")
    _assert_harmless(result, count)


def _assert_harmless(result, count):
    counts = dict(result.report["counts"])
    assert counts.pop("free_text_slots") > 50
    assert sum(counts.values()) == count, "each transcript comes to an end"
    assert result.report["faults"] == []
    assert any(outcome.startswith("performed") for outcome in counts)
    assert len(result.argvs) > count / 100, (
        "hostile words may be arguments of the person's own commands, and some requests are plain"
    )
    wrong = [argv for argv in result.argvs if not _allowed(argv, result.home.parent / "bin")]
    assert wrong == []
    outside = {path for path in result.written if path != "/dev/null" and not _inside(path, result.home)}
    assert outside == set()


def _allowed(argv, programs):
    """A program that a setting or a plugin's table names, called as that says."""
    program, arguments = Path(argv[0]), argv[1:]
    if program.parent != programs:
        return False
    name = program.name
    if name in hostile.STARTED:
        return arguments == hostile.STARTED[name]
    if name == "rsync":
        return arguments[0] == "-a" and arguments[1] in ("photos", "documents") and arguments[2:] == ["/media/disk"]
    if name == "logger":
        return len(arguments) == 1 and _plain(arguments[0]) and "/" not in arguments[0]
    if name == "viewer":
        return len(arguments) == 2 and arguments[0] == "--plain" and _plain(arguments[1])
    if name in hostile.known_tools() and arguments[-1:] and arguments[-1].startswith("https://"):
        return arguments[:-1] in ([], ["open"]) and _is_address(arguments[-1])
    return name in hostile.known_tools() and all(argument.isascii() and len(argument) < 200 for argument in arguments)


def _plain(value):
    return value.isprintable() and len(value) <= 200 and not value.startswith("-") and ".." not in value.split("/")


def _is_address(value):
    """Of a host, and encoded: no sign that means anything but itself."""
    return re.fullmatch(r"https://[a-z0-9.-]+/[\w./?&=%~-]*", value, re.ASCII) is not None and len(value) <= 1000


def _inside(path, home):
    return Path(os.path.normpath(path)).is_relative_to(home) and ".." not in Path(path).parts


def test_the_trace_sees_shells_and_files(tmp_path):
    """The measure itself: what it is to find, it finds."""
    log, file = tmp_path / "trace", tmp_path / 'it\'s "here"'
    script = "import subprocess, sys; subprocess.run('echo $0', shell=True); open(sys.argv[1], 'w')"
    subprocess.run([*hostile.strace(log), sys.executable, "-c", script, file], check=True, capture_output=True)
    argvs, written = hostile.read_trace(log)
    assert argvs[0][-1] == str(file)
    assert [Path(argv[0]).name for argv in argvs[1:]] == ["sh"]
    assert str(file) in written
