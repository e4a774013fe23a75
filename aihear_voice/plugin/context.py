"""What a plugin's functions may do: everything that has an effect goes through here, so that a dry run has none."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from ..errors import CutShort, PluginError
from ..events import Event, Ran, Scored, Typed, Undone
from ..types import PERMISSIONS, Audio, Match, Permission, Purpose, Transcript, Value
from . import spoken
from .deeds import Deeds, TakenBack
from .store import read_text, write_text

if TYPE_CHECKING:
    from ..ports import Programs, Store, Typist, WindowAction
    from .alarms import Alarm, Alarms
    from .manifest import Plugin


def _none(text: str, language: str) -> Sequence[Value]:
    return ()


def _nothing(text: str, language: str, purpose: Purpose) -> Match | None:
    return None


@dataclass(frozen=True)
class Services:
    """What the program lends to plugins. A dry run lends parts that only say what they would have done."""

    typist: Typist
    programs: Programs
    alarms: Alarms
    store: Callable[[str], Store]  # by plugin name
    emit: Callable[[Event], None]
    now: Callable[[], datetime]  # local time, aware
    plugins: Callable[[], Sequence[Plugin]]  # all that are loaded, for help
    word_times: Callable[[Audio], Transcript]  # transcribe again, with word times and probabilities
    suggest: Callable[[str, str], Sequence[str]]  # (text, language) -> what was nearly said
    values: Callable[[str, str], Sequence[Value]] = _none  # (text, language) -> numbers, times, dates in it
    means: Callable[[str, str, Purpose], Match | None] = _nothing  # (text, language, purpose) -> what it is then
    allowed: frozenset[Permission] = frozenset(PERMISSIONS)
    folders: tuple[str, ...] = ("~",)  # where a path that was said may lie
    deeds: Deeds = field(default_factory=Deeds)  # what was done last, and how it is taken back
    dry_run: bool = False


@dataclass(frozen=True)
class OwnAlarms:
    """A plugin's way to the alarms: what it sets and removes is told."""

    alarms: Alarms
    tell: Callable[[str, Alarm], None]

    def add(self, at: float, plugin: str, intent: str, slots: Mapping[str, Any], language: str, **more: Any) -> Alarm:
        """As in Alarms."""
        alarm = self.alarms.add(at, plugin, intent, slots, language, **more)
        self.tell("set", alarm)
        return alarm

    def remove(self, alarm: int) -> bool:
        """As in Alarms."""
        found = next((each for each in self.alarms.all() if each.id == alarm), None)
        removed = self.alarms.remove(alarm)
        if removed and found is not None:
            self.tell("unset", found)
        return removed

    def all(self, plugin: str = "") -> list[Alarm]:
        """As in Alarms."""
        return self.alarms.all(plugin)


@dataclass(frozen=True)
class Context:
    """Given to each intent function as its first argument.

    language: ISO 639-1, of the sentence; answers should use it (`t`)
    text: the sentence as it was heard, punctuation and case kept
    transcript, audio: where it was spoken; None for a written sentence
    settings: the plugin's own, the person's changes applied
    purpose: what attention was open for
    began: monotonic seconds at which the person began to speak; text goes to the window that was focused then
    intent, slots: which function is called, and with what
    done: the ways in which something was done already, e.g. "run", "type"
    """

    plugin: Plugin
    services: Services
    language: str
    text: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    transcript: Transcript | None = None
    audio: Audio | None = None
    turn: int = 0
    at: float = 0.0
    began: float | None = None
    purpose: Purpose = "assist"
    intent: str = ""
    slots: Mapping[str, Any] = field(default_factory=dict)
    done: set[str] = field(default_factory=set)
    _found: set[str] = field(default_factory=set)  # programs that find_program has found

    @property
    def dry_run(self) -> bool:
        return self.services.dry_run

    @property
    def store(self) -> Store:
        """The plugin's own small data, kept over restarts."""
        return self.services.store(self.plugin.name)

    @property
    def alarms(self) -> OwnAlarms:
        """Things that must happen at a time, kept over restarts."""
        return OwnAlarms(self.services.alarms, self._tell_of_alarm)

    def _tell_of_alarm(self, did: str, alarm: Alarm) -> None:
        label = str(alarm.slots.get("label", ""))
        when = f"{datetime.fromtimestamp(alarm.at):%Y-%m-%d %H:%M:%S}"
        self._emit(
            Ran(argv=(str(alarm.slots.get("kind", alarm.intent)), when, *([label] if label else [])), method=did)
        )

    def now(self) -> datetime:
        return self.services.now()

    def t(self, key: str, **values: object) -> str:
        """The plugin's answer `key` in the sentence's language, else in English."""
        return self.plugin.answer(key, self.language, **values)

    def type(self, text: str) -> None:
        """Type into the focused window."""
        self._need("type")
        try:
            done = self.services.typist.type(text, self.began)
        except CutShort as error:
            if error.how is not None:
                self._emit(Typed(text=error.part, **error.how._asdict()))
            raise
        self._emit(Typed(text=text, **done._asdict()))

    def press(self, chord: str, times: int = 1) -> None:
        """Press a named key or a chord ("ctrl+s") in the focused window."""
        self._need("type")
        self.services.typist.press(chord, times, self.began)
        self._emit(Ran(argv=(chord,) * times, method="press"))

    def scroll(self, steps: int) -> None:
        """Turn the mouse wheel; positive is up."""
        self._need("type")
        self.services.typist.scroll(steps)
        self._emit(Ran(argv=(str(steps),), method="scroll"))

    def where(self) -> tuple[str, str]:
        """The focused window: its program's class or name, and its title; either may be ""."""
        self._need("type")
        return self.services.typist.where()

    def typed_before(self) -> str:
        """What stands before the cursor of the focused window, to join new text to; "" where that is unknown."""
        self._need("type")
        return self.services.typist.before()

    def read_selected(self) -> str | None:
        """What the person has selected in the focused window; "" where nothing is, None where nobody tells."""
        self._need("type")
        return self.services.typist.read_selected(self.began)

    def typed(self) -> str:
        """What we typed into the focused window in a row: what can be edited."""
        self._need("type")
        return self.services.typist.typed()

    def last_typed(self) -> str:
        """The piece of it that was typed last."""
        self._need("type")
        return self.services.typist.last()

    def selected(self) -> str:
        """The end of it that `select` has selected; "" where nothing is."""
        self._need("type")
        return self.services.typist.selected()

    def scratch(self) -> str | None:
        """Take back what is selected, else what was typed last; the text removed, or None."""
        self._need("type")
        removed = self.services.typist.scratch(self.began)
        if removed is not None:
            self._emit(Ran(argv=(removed,), method="scratch"))
        return removed

    def replace(self, old: str, new: str) -> bool:
        """Put `new` in the place of `old`, the end of what we typed; False where that is not there any more."""
        self._need("type")
        done = self.services.typist.replace(old, new, self.began)
        if done:
            self._emit(Ran(argv=(old, new), method="replace"))
        return done

    def select(self, text: str) -> bool:
        """Select `text`, the end of what we typed; False where that is not there any more."""
        self._need("type")
        done = self.services.typist.select(text, self.began)
        if done:
            self._emit(Ran(argv=(text,), method="select"))
        return done

    def undo(self) -> bool | None:
        """Take back our last change. False: there is none, or something else changed; None: see ports.Typist."""
        self._need("type")
        done = self.services.typist.undo(self.began)
        if done:
            self._emit(Ran(argv=(), method="undo"))
        return done

    def redo(self) -> bool | None:
        """Do again what was undone last."""
        self._need("type")
        done = self.services.typist.redo(self.began)
        if done:
            self._emit(Ran(argv=(), method="redo"))
        return done

    def take_back(self) -> TakenBack:
        """Undo what was done last, whichever plugin did it: see deeds.Deeds.take_back."""
        taken, deed = self.services.deeds.take_back()
        if deed is not None:
            self._emit(Undone(of=deed.turn, plugin=deed.plugin, intent=deed.intent))
        return taken

    def did(self, how: str, what: str) -> None:
        """Tell of something done in a way of your own (a file written), for `aihear history actions`."""
        self._emit(Ran(argv=(what,), method=how))

    def path(self, name: str, folder: str | Path) -> Path:
        """A file of that name, which may have been said, in a folder of yours. Raises PluginError where it would be
        another place, or where your settings (plugins.folders) let no plugin be.
        """
        self._need("files")
        return spoken.inside(name, Path(folder), self.services.folders)

    def values(self, text: str) -> Sequence[Value]:
        """Numbers, times, dates and percentages that a text names, in the sentence's language."""
        return self.services.values(text, self.language)

    def means(self, text: str, purpose: Purpose = "dictate") -> Match | None:
        """What the text would mean, said as a whole while attention is open for that."""
        return self.services.means(text, self.language, purpose)

    def window(self, action: WindowAction, name: str = "") -> str | None:
        """Ask a window to close, or the like: see ports.Typist. Its title, or None where there is no such window."""
        self._need("type")
        title = self.services.typist.window(action, name, self.began)
        if title is not None:
            self._emit(Ran(argv=(action, name) if name else (action,), method="window"))
        return title

    def workspace(self, where: int | str, carry: bool = False) -> bool:
        """Go to a workspace by its number, or to the "next" or "previous" one; carry: only take the focused window
        there. False where there is no such one.
        """
        self._need("type")
        done = self.services.typist.workspace(str(where), carry, self.began)
        if done:
            self._emit(Ran(argv=("carry" if carry else "go to", str(where)), method="workspace"))
        return done

    def find_program(self, name: str) -> Sequence[str] | None:
        """The argument list of an installed application, by the name that menus show."""
        self._need("run")
        found = self.services.programs.find(name)
        self._found.update(found[:1] if found else ())
        return found

    def run(self, argv: Sequence[str]) -> None:
        """Start a program. An argument list; there is no shell. Raises PluginError for what speech may not order."""
        self._need("run")
        self._check(argv)
        self.services.programs.run(argv)
        self._emit(Ran(argv=tuple(argv)))

    def call(self, argv: Sequence[str], timeout: float = 5.0) -> str:
        """Run a program to its end; what it printed ("" in a dry run). Raises PluginError as `run` does."""
        self._need("run")
        self._check(argv)
        printed = self.services.programs.call(argv, timeout)
        self._emit(Ran(argv=tuple(argv), method="call"))
        return printed

    def read_file(self, path: Path) -> str | None:
        """A text file of the person's, line ends and all; None where there is none. Raises PluginError."""
        self._need("files")
        return read_text(path)

    def write_file(self, path: Path, text: str | None) -> None:
        """Put the text into it, whole or not at all; None deletes the file. A dry run leaves all as it is."""
        self._need("files")
        if not self.dry_run:
            if text is None:
                path.unlink(missing_ok=True)
            else:
                write_text(path, text)
        self.did("delete" if text is None else "write", str(path))

    def word_times(self) -> Transcript:
        """The utterance's words with times and probabilities. Raises PluginError for a written sentence."""
        if self.audio is None:
            raise PluginError("there is no sound to look at", "no_audio", "say it, or pass a recording")
        return self.services.word_times(self.audio)

    def scored(self, target: str, score: float | None, refused: str = "") -> None:
        """Announce the result of a pronunciation attempt."""
        self._emit(Scored(target=target, score=score, refused=refused))

    def _check(self, argv: Sequence[str]) -> None:
        free = spoken.free_words(self.plugin, self.intent, self.slots)
        spoken.check_arguments(argv, spoken.Said(self.text, free, self.services.folders, self._knows))

    def _knows(self, program: str) -> bool:
        return program in self._found or spoken.mentions(self.plugin, program)

    def _need(self, permission: Permission) -> None:
        if permission not in self.plugin.permissions:
            raise PluginError(
                f"plugin {self.plugin.name} did not ask for the permission {permission}",
                "no_permission",
                f'add "{permission}" to permissions in its plugin.toml',
            )
        if permission not in self.services.allowed:
            raise PluginError(
                f"plugins may not {permission} here", "not_allowed", "change plugins.permissions in your settings"
            )

    def _emit(self, event: Event) -> None:
        whose = {}
        if isinstance(event, Ran | Typed):
            self.done.add(event.method if isinstance(event, Ran) else "type")
            whose = {"plugin": self.plugin.name, "intent": self.intent}
        self.services.emit(msgspec.structs.replace(event, turn=self.turn, at=self.at, **whose))
