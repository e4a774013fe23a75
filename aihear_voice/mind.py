"""What understands and acts on a sentence: plugins, router, and what plugins may use. No sound, no model.

`aihear ask` needs nothing else; app.py puts ears and a mouth to it.
"""

from __future__ import annotations

import re
import threading
import time
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from . import paths
from .events import Event, Failed
from .plugin import loader
from .plugin.alarms import Alarms
from .plugin.context import Services
from .plugin.deeds import Deeds
from .plugin.manifest import Plugin
from .plugin.store import JsonStore, MemoryStore
from .ports import Programs, Store, Typist
from .settings import Settings
from .types import Audio, Completeness, Follow, Match, Purpose, Transcript
from .understanding import completeness, policy, values
from .understanding.router import TemplateRouter

_SENTENCE_END = re.compile(r"[.,;:!?…\n。，；：！？、]+")  # a mark of Whisper's: a piece of dictation may end in any


class Answers:
    """The program's own sentences, by language; English where one is missing."""

    def __init__(self) -> None:
        self._texts = tomllib.loads((paths.default_settings().parent / "answers.toml").read_text(encoding="utf-8"))

    def __call__(self, key: str, language: str, **values: str) -> str:
        texts = self._texts.get(language, {})
        return str(texts.get(key) or self._texts["en"][key]).format(**values)

    def shall_i(self, match: Match, text: str) -> str:
        """The question before it is done. text: as it was heard"""
        action = (match.meant or text).rstrip(".!?。！？")
        return self("confirm" if match.exact else "meant", match.language, action=action)

    def which(self, choices: Sequence[Match]) -> str:
        """The question which of them is meant."""
        language = choices[0].language
        *others, last = [choice.meant for choice in choices]
        return self("which", language, others=self("comma", language).join(others), last=last)


class Talk:
    """What was done last, so that what is said next may follow on it ("make it ten minutes"). From any thread.

    within_s: so long after it; 0: never
    """

    def __init__(self, within_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._within_s = within_s
        self._clock = clock
        self._lock = threading.Lock()
        self._last: tuple[Match, float] | None = None

    def done(self, match: Match) -> None:
        with self._lock:
            self._last = (match, self._clock())

    def former(self) -> Match | None:
        """What was done last, where that is not too long ago."""
        with self._lock:
            if self._last is None or self._clock() - self._last[1] >= self._within_s:
                return None
            return self._last[0]


@dataclass(frozen=True)
class Mind:
    """Enough for written sentences."""

    settings: Settings
    plugins: tuple[Plugin, ...]
    router: TemplateRouter
    services: Services
    talk: Talk

    def reloaded(self) -> Mind:
        """With its plugins as they are on disk now; what they have set and stored stays."""
        plugins = loader.load(self.settings)
        router = _router(plugins, self.settings, self.services.programs)
        services = replace(self.services, plugins=lambda: plugins, suggest=router.suggest, means=router.route)
        return replace(self, plugins=plugins, router=router, services=services)

    @property
    def by_name(self) -> dict[str, Plugin]:
        return {plugin.name: plugin for plugin in loader.usable(self.plugins)}

    def verdict(self, match: Match) -> str:
        """allow, ask or deny, by the person's settings, the intent's own wish, and how surely it was understood."""
        intent = self.by_name[match.plugin].intents[match.intent]
        return policy.verdict(match.plugin, match.intent, self.settings.policy, intent.confirm, match.sure)

    def has_command(self, transcript: Transcript, purpose: Purpose) -> bool:
        """Whether one of its sentences by itself would do something."""
        sentences = filter(str.strip, _SENTENCE_END.split(transcript.text))
        return any(self.router.route(sentence, transcript.language, purpose) for sentence in sentences)

    def judge(
        self, transcript: Transcript, purpose: Purpose, follow: Follow | None
    ) -> tuple[Match | None, Completeness]:
        """What a text means, and whether it can be all. follow: the question of ours that it answers."""
        text, language = transcript.text, transcript.language
        if follow is not None:
            answered = follow.confirm and self._answers(text, language, follow)
            return None, "complete" if answered and transcript.reliable and completeness.sure(transcript) else "open"
        match = self.router.understand(text, language, purpose, self.talk.former()).match if text else None
        return match, completeness.judge(transcript, match, purpose, self.router)

    def _answers(self, text: str, language: str, follow: Follow) -> bool:
        if not follow.choices:
            return self.router.affirmed(text, language) is not None
        return self.router.picked(text, language, [choice.meant for choice in follow.choices]) is not None


def build_mind(
    settings: Settings,
    emit: Callable[[Event], None],
    dry_run: bool,
    word_times: Callable[[Audio], Transcript],
) -> Mind:
    """word_times: hears again with word times; only what was spoken has any."""
    plugins = loader.load(settings)
    typist, programs = _hands(settings, dry_run)
    router = _router(plugins, settings, programs)

    def report(message: str) -> None:
        emit(Failed(message=message, code="state"))

    alarms = Alarms(paths.state("alarms.json"), report)
    services = Services(
        typist=typist,
        programs=programs,
        alarms=alarms.in_memory() if dry_run else alarms,
        store=_stores(dry_run, report),
        emit=emit,
        now=lambda: datetime.now().astimezone(),
        plugins=lambda: plugins,
        word_times=word_times,
        suggest=router.suggest,
        values=lambda text, language: values.named(text, language, date.today()),
        means=router.route,
        allowed=frozenset(settings.plugins.permissions),
        folders=settings.plugins.folders,
        deeds=Deeds(settings.policy.undo_s),
        dry_run=dry_run,
    )
    return Mind(settings, plugins, router, services, Talk(settings.understanding.follow_s))


def _router(plugins: Sequence[Plugin], settings: Settings, programs: Programs) -> TemplateRouter:
    languages, words = settings.understanding.languages, settings.wake.words
    return TemplateRouter(loader.usable(plugins), languages, wake_words=words, applications=programs.names)


def _hands(settings: Settings, dry_run: bool) -> tuple[Typist, Programs]:
    if dry_run:
        from .acting.dry import DryPrograms, DryTypist

        return DryTypist(), DryPrograms()
    from .acting.programs import DesktopPrograms
    from .acting.typist import DesktopTypist

    return DesktopTypist(settings.typing), DesktopPrograms()


def _stores(dry_run: bool, report: Callable[[str], None]) -> Callable[[str], Store]:
    """One store a plugin; a dry run reads what is there and writes nothing."""
    stores: dict[str, Store] = {}

    def store(name: str) -> Store:
        if name not in stores:
            kept = JsonStore(paths.state("plugins") / f"{name}.json", report)
            stores[name] = MemoryStore(kept.load()) if dry_run else kept
        return stores[name]

    return store
