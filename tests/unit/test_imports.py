"""The house keeps its shape: imports run one way, and heavy libraries load only when they are used."""

import ast
import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

import aihear_voice
from aihear_voice import paths
from aihear_voice.cli import COMMANDS

PACKAGE = Path(aihear_voice.__file__).parent
GROUND = {
    "__init__", "types", "errors", "events", "ports", "settings", "paths", "workers", "portal", "graphemes",
    "database", "networks",
}  # fmt: skip
# Above the ground floor and below the composition root; each with what else it may know.
MIDDLE = {
    "messages": set(),
    "attention": {"messages"},
    "session": {"messages", "attention"},
    "control": set(),
    "resident": set(),
    "hotkeys": {"listening", "messages"},
    "work": {"plugin", "messages"},
    "guessing": {"recognition", "messages"},
    "mind": {"plugin", "understanding", "acting"},  # the text half of the composition root
    "turn": {"plugin", "messages", "mind"},
    "keeping": {"audio", "messages", "transcripts"},
}
KNOW_EVERYONE = {"app", "doctor", "bench", "cli", "__main__"}
HEAVY = {
    "torch", "whisper", "ctranslate2", "numba", "tiktoken", "pyaudio", "pynput", "pyttsx3", "Xlib", "hassil",
    "onnx", "onnxruntime", "openwakeword", "pyopen_wakeword", "silero_vad", "scipy", "sklearn", "soxr", "av",
    "rapidfuzz", "jeepney", "jinja2", "markupsafe", "resvg_py",
}  # fmt: skip
FOR_PLUGINS = {"plugin", "pronunciation", "errors", "types"}
HELP_SECONDS = 0.4


def part_of(path: Path) -> str:
    """The stage, or the module of the top floor, that a file belongs to."""
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


def modules() -> list[Path]:
    return [path for path in sorted(PACKAGE.rglob("*.py")) if "_shipped" not in path.parts]


def stages() -> set[str]:
    return {path.parent.name for path in PACKAGE.glob("*/__init__.py")} - {"cli", "bench"}


def ours(path: Path) -> set[str]:
    """The parts of the program that a file imports anywhere, type checking included."""
    package = ("aihear_voice", *path.relative_to(PACKAGE).parts[:-1])
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {name for alias in node.names for name in _parts(tuple(alias.name.split(".")))}
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            base += tuple(node.module.split(".")) if node.module else ()
            found |= {name for alias in node.names for name in _parts((*base, alias.name))}
    return found


def _parts(dotted: tuple[str, ...]) -> set[str]:
    if dotted[0] != "aihear_voice" or len(dotted) < 2:
        return set()
    known = {part_of(path) for path in modules()}
    return {dotted[1] if dotted[1] in known else "__init__"}


def allowed(part: str) -> set[str]:
    return GROUND | {part} | MIDDLE.get(part, set()) if part not in GROUND else GROUND


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_run_one_way(path):
    part = part_of(path)
    if part in KNOW_EVERYONE:
        return
    assert part in GROUND | set(MIDDLE) | stages(), f"{part}: say in this test where it stands in the house"
    assert ours(path) <= allowed(part), f"{path.name} imports {sorted(ours(path) - allowed(part))}"


def test_nobody_imports_the_composition_root():
    knowing = {part_of(path) for path in modules() if ours(path) & {"app", "doctor"}}
    assert knowing <= KNOW_EVERYONE


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_heavy_libraries_load_when_they_are_used(path):
    assert not at_import(ast.parse(path.read_text(encoding="utf-8"))) & HEAVY


def at_import(tree: ast.Module) -> set[str]:
    """Top-level packages that run as soon as the module is imported."""
    found: set[str] = set()
    waiting: list[ast.stmt] = list(tree.body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            found.add(node.module.split(".")[0])
        elif isinstance(node, (ast.If, ast.Try, ast.With, ast.ClassDef)) and "TYPE_CHECKING" not in ast.dump(node)[:99]:
            waiting += [child for child in ast.iter_child_nodes(node) if isinstance(child, ast.stmt)]
    return found


def test_plugins_import_only_what_is_meant_for_them():
    for path in sorted(paths.shipped_plugins().glob("*/*.py")):
        names = {
            node.module
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("aihear_voice")
        }
        assert all(name.split(".")[1] in FOR_PLUGINS for name in names), f"{path}: {names}"


def loaded_after(code: str) -> set[str]:
    """Top-level packages that a fresh interpreter has loaded after `code`."""
    program = f"{code}\nimport json, sys\nprint(json.dumps(sorted({{m.split('.')[0] for m in sys.modules}})))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    return set(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_is_light_until_it_runs(command):
    code = f"import argparse, importlib; m = importlib.import_module('aihear_voice.cli.{command}')\n"
    code += "m.configure(argparse.ArgumentParser()); assert m.run"
    assert not loaded_after(code) & (HEAVY | {"numpy", "rich"})


def test_a_written_sentence_never_pays_for_sound_or_models():
    code = "from aihear_voice.cli import main; assert main(['ask', 'what time is it', '--dry-run', '--json']) == 0"
    assert not loaded_after(code) & (HEAVY - {"hassil", "rapidfuzz"})


def test_help_is_immediate():
    def seconds() -> float:
        start = time.perf_counter()
        subprocess.run([sys.executable, "-m", "aihear_voice", "--help"], check=True, capture_output=True, timeout=30)
        return time.perf_counter() - start

    assert min(seconds() for _ in range(5)) < HELP_SECONDS
