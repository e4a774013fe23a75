"""A turn, top to bottom: transcribe, route, act, answer."""

from __future__ import annotations

import logging
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from typing import Protocol

import msgspec

from .errors import AihearError, PluginError
from .events import ConfirmationAsked, Discarded, Event, Failed, FinalText, Matched, NoMatch, Replied, TurnEnded
from .messages import First, Guess, StartTurn, TurnDone
from .mind import Answers, Talk
from .plugin.call import perform
from .plugin.context import Services
from .plugin.manifest import Plugin
from .ports import EchoGuard, Recogniser, Router
from .types import Follow, Match, Purpose, Reply, Then, Transcript, Utterance

log = logging.getLogger(__name__)
Verdict = Callable[[Match], str]  # allow, ask, deny


class Speaker(Protocol):
    """What a turn needs of speaking."""

    def say(self, text: str, language: str, turn: int, pace: float = 1.0) -> bool: ...

    def ring(self, text: str, language: str, turn: int) -> bool: ...


# Nothing is wrong but the moment: the text is on the clipboard.
PUT_ASIDE = ("target_changed", "no_focus", "keyboard_taken", "keys_held")


@dataclass(frozen=True)
class Parts:
    """What a turn works with.

    current, audible: whether that turn is still wanted, and whether its answer may be said aloud
    guess: the answer to the Speculate of that number, waited for; None where there is none
    began: when the person began to speak in that turn, in monotonic seconds; None where nobody did, or it is not known
    quiet: entered while a plugin acts, so that keys which we press are not taken for the person's
    speaker, echo: None where nothing is said aloud
    talk: what was done last
    """

    recogniser: Recogniser
    router: Router
    plugins: Mapping[str, Plugin]
    services: Services
    verdict: Verdict
    emit: Callable[[Event], None]
    current: Callable[[int], bool]
    audible: Callable[[int], bool]
    guess: Callable[[int], Guess | None]
    began: Callable[[int], float | None]
    quiet: Callable[[], AbstractContextManager[None]]
    speaker: Speaker | None = None
    echo: EchoGuard | None = None
    talk: Talk = field(default_factory=lambda: Talk(0))


class Turn:
    """One utterance on its way to an answer."""

    def __init__(self, parts: Parts, turn: int, purpose: Purpose, cause: float) -> None:
        self._parts = parts
        self._turn = turn
        self._purpose = purpose
        self._cause = cause
        self._started = time.monotonic()
        self._answers = Answers()
        self._language = ""  # of what was said

    def hear(self, start: StartTurn) -> TurnDone:
        """Sound to answer. Never raises: what goes wrong becomes an event."""
        return self._guarded(lambda: self._hear(start))

    def act(self, match: Match) -> TurnDone:
        """A match that nobody spoke, as an alarm's."""
        self._language = match.language
        return self._guarded(lambda: self._perform(match, "", None, None))

    def _guarded(self, work: Callable[[], tuple[str, Then | None, Follow | None]]) -> TurnDone:
        then: Then | None = None
        follow: Follow | None = None
        try:
            outcome, then, follow = work()
        except AihearError as error:
            outcome = "kept" if error.code in PUT_ASIDE else "failed"
            self._fail(error)
        except Exception as error:  # the boundary: a fault is shown once, and the program goes on listening
            traceback.print_exc()
            outcome = "failed"
            self._fail(AihearError(f"{type(error).__name__}: {error}", "fault"))
        self._emit(TurnEnded(outcome=outcome))
        return TurnDone(self._turn, self._purpose, then, follow)

    def _hear(self, start: StartTurn) -> tuple[str, Then | None, Follow | None]:
        utterance, follow = start.utterance, start.follow
        transcript, speculated = self._transcribe(start)
        self._language = transcript.language
        if start.first is not None:
            return self._amend(start.first, transcript, utterance, speculated)
        if not transcript.text:
            self._emit(Discarded(reason="no_speech"))
            if follow is not None and follow.silence and self._parts.current(self._turn):
                return self._follow(follow, transcript, utterance)
            return "nothing_said", None, None
        echo = self._parts.echo
        if echo is not None and echo.said(transcript.text, utterance.audio):
            self._emit(Discarded(reason="own_voice"))
            return "nothing_said", None, None
        self._tell(transcript, speculated)
        if utterance.purpose != "dictate" and not self._parts.current(self._turn):
            self._emit(Discarded(reason="stale"))
            return "cancelled", None, None
        if follow is not None:
            return self._follow(follow, transcript, utterance)
        return self._route(transcript, utterance)

    def _amend(
        self, first: First, transcript: Transcript, utterance: Utterance, speculated: bool
    ) -> tuple[str, Then | None, Follow | None]:
        """Speech went on after a command: take back what that did and do the whole, or do nothing at all."""
        text, language = transcript.text, transcript.language
        match = self._parts.router.route(text, language, utterance.purpose) if text else None
        echo = self._parts.echo
        own = echo is not None and echo.said(first.added(text), first.rest)
        undo = None
        if (
            match is not None
            and first.amended_by(transcript, match)
            and not own
            and self._parts.verdict(match) == "allow"
        ):
            undo = self._parts.services.deeds.take(first.turn)
        if match is None or undo is None:
            self._emit(Discarded(reason="own_voice" if own else "no_amendment"))
            return "nothing_said", None, None
        undo()
        self._tell(transcript, speculated)
        self._announce(match)
        _, then, follow = self._perform(match, text, transcript, utterance)
        return "amended", then, follow

    def _tell(self, transcript: Transcript, speculated: bool) -> None:
        self._emit(
            FinalText(
                text=transcript.text,
                language=transcript.language,
                reliable=transcript.reliable,
                compute_s=round(transcript.compute_s, 3),
                speculated=speculated,
                window=transcript.window,
            )
        )

    def _transcribe(self, start: StartTurn) -> tuple[Transcript, bool]:
        """And whether it was decoded before the end was declared."""
        guess = start.guess or (self._parts.guess(start.revision) if start.revision else None)
        if guess is None:
            return self._decode(start.utterance, words=start.first is not None), False
        self._cause = max(self._cause, guess.ready) if start.guess else self._cause
        return guess.transcript, guess.revision > 0

    def _decode(self, utterance: Utterance, words: bool) -> Transcript:
        """A recogniser that died is given the same sound once more."""
        try:
            return self._parts.recogniser.transcribe(utterance.audio, utterance.purpose, words)
        except AihearError as error:
            log.warning("%s; trying again", error.message)
            return self._parts.recogniser.transcribe(utterance.audio, utterance.purpose, words)

    def _route(self, transcript: Transcript, utterance: Utterance) -> tuple[str, Then | None, Follow | None]:
        text, language = transcript.text, transcript.language
        found = self._parts.router.understand(text, language, utterance.purpose, self._parts.talk.former())
        requests = found.requests
        if utterance.purpose == "dictate" and not requests:
            requests = (Match("dictation", "insert", {"text": text}, 1.0, language),)
        heard = bool(requests) and all(match.exact for match in requests)
        if not transcript.reliable and (not heard or utterance.purpose == "dictate"):
            # What may not have been said is never typed, and its sound is kept.
            self._answer(Reply(self._answers("unreliable", language), speak=utterance.purpose != "dictate"), language)
            return "unreliable", None, None
        if found.choices:
            return self._choose(found.choices)
        return self._in_order(requests, transcript, utterance) if requests else self._no_match(text, language)

    def _in_order(
        self, requests: Sequence[Match], transcript: Transcript, utterance: Utterance
    ) -> tuple[str, Then | None, Follow | None]:
        """One after the other, each with a verdict of its own; what waits for an answer has the others wait too."""
        first, *rest = requests
        self._announce(first)
        return self._and_then(self._consent(first, transcript, utterance), rest, transcript, utterance)

    def _and_then(
        self,
        came: tuple[str, Then | None, Follow | None],
        rest: Sequence[Match],
        transcript: Transcript,
        utterance: Utterance,
    ) -> tuple[str, Then | None, Follow | None]:
        """What came of a request, and what is left to do."""
        outcome, then, follow = came
        if not rest:
            return came
        if follow is not None:
            return outcome, then, replace(follow, rest=tuple(rest))
        outcome, after, follow = self._in_order(rest, transcript, utterance)
        return outcome, after or then, follow

    def _choose(self, choices: tuple[Match, ...]) -> tuple[str, Then | None, Follow | None]:
        """Ask which of them is meant."""
        first, question = choices[0], self._answers.which(choices)
        self._emit(ConfirmationAsked(question=question, plugin=first.plugin, intent=first.intent))
        self._answer(Reply(question), first.language)
        return "asked", Then(do="listen"), Follow(first, confirm=True, choices=choices)

    def _no_match(self, text: str, language: str) -> tuple[str, Then | None, Follow | None]:
        self._emit(NoMatch(text=text))
        near = self._parts.router.suggest(text, language)
        answer = self._answers("suggest", language, sentence=near[0]) if near else self._answers("no_match", language)
        self._answer(Reply(answer), language)
        return "no_match", None, None

    def _consent(
        self, match: Match, transcript: Transcript, utterance: Utterance
    ) -> tuple[str, Then | None, Follow | None]:
        verdict = self._parts.verdict(match)
        if verdict == "allow" and not transcript.reliable:
            verdict = "ask"  # a doubtful transcript does nothing by itself
        if verdict == "deny":
            self._answer(Reply(self._answers("denied", match.language)), match.language)
            return "denied", None, None
        if verdict == "ask":
            question = self._answers.shall_i(match, transcript.text)
            self._emit(ConfirmationAsked(question=question, plugin=match.plugin, intent=match.intent))
            self._answer(Reply(question), match.language)
            return "asked", Then(do="listen"), Follow(match, confirm=True)
        return self._perform(match, transcript.text, transcript, utterance)

    def _follow(
        self, follow: Follow, transcript: Transcript, utterance: Utterance
    ) -> tuple[str, Then | None, Follow | None]:
        """The utterance answers a question of ours. A doubtful one is none, except in a lesson, which judges it."""
        if not follow.confirm:
            if not transcript.reliable and transcript.text and utterance.purpose == "assist":
                self._answer(Reply(self._answers("unreliable", follow.match.language)), follow.match.language)
                return "unreliable", None, None
            self._announce(follow.match)
            if self._is_guarded(follow.match):
                came = self._consent(follow.match, transcript, utterance)
            else:
                came = self._perform(follow.match, transcript.text, transcript, utterance)
            return self._and_then(came, follow.rest, transcript, utterance)
        return self._and_then(self._decided(follow, transcript, utterance), follow.rest, transcript, utterance)

    def _decided(
        self, follow: Follow, transcript: Transcript, utterance: Utterance
    ) -> tuple[str, Then | None, Follow | None]:
        """What was asked is done, or not."""
        text, language = transcript.text, transcript.language
        if follow.choices and transcript.reliable:
            picked = self._parts.router.picked(text, language, [choice.meant for choice in follow.choices])
            if picked is not None:
                match = replace(follow.choices[picked], exact=True, confidence=1.0)
                self._announce(match)
                return self._consent(match, transcript, utterance)
        elif transcript.reliable and self._parts.router.affirmed(text, language):
            return self._perform(follow.match, text, transcript, utterance)
        self._answer(Reply(self._answers("cancelled", follow.match.language)), follow.match.language)
        return "denied", None, None

    def _is_guarded(self, match: Match) -> bool:
        """Whether it asks first whoever leads to it, or is forbidden."""
        plugin = self._parts.plugins.get(match.plugin)
        intent = plugin.intents.get(match.intent) if plugin is not None else None
        return intent is not None and (intent.confirm or self._parts.verdict(match) == "deny")

    def _perform(
        self, match: Match, text: str, transcript: Transcript | None, utterance: Utterance | None
    ) -> tuple[str, Then | None, Follow | None]:
        audio = utterance.audio if utterance is not None else None
        plugin = self._parts.plugins.get(match.plugin)
        if plugin is None:
            raise PluginError(f"there is no plugin {match.plugin}", "no_plugin", "aihear plugins list")
        heard = {
            "transcript": transcript,
            "audio": audio,
            "turn": self._turn,
            "at": self._now(),
            "began": self._parts.began(self._turn),
            "purpose": self._purpose,
        }
        with self._parts.quiet():
            reply = perform(plugin, self._parts.services, match, match.meant or text, **heard)
        if utterance is not None and self._purpose == "assist":
            self._parts.talk.done(match)
        self._answer(reply, match.language, match)
        then = reply.then
        if then is None or then.do != "listen":
            return "done", then, None
        intent = then.intent or match.intent
        wanted = Match(match.plugin, intent, dict(then.slots), 1.0, match.language)
        return "done", then, Follow(wanted, silence=then.silence)

    def _announce(self, match: Match) -> None:
        self._emit(
            Matched(plugin=match.plugin, intent=match.intent, slots=match.slots, confidence=round(match.confidence, 3))
        )

    def _answer(self, reply: Reply, language: str, match: Match | None = None) -> None:
        """match: whose answer it is; None: the program's own"""
        if not reply.text:
            return
        speaker = self._parts.speaker
        aloud = speaker is not None and reply.speak and self._parts.audible(self._turn)
        plugin, intent = (match.plugin, match.intent) if match is not None else ("", "")
        self._emit(Replied(text=reply.text, spoken=aloud, plugin=plugin, intent=intent))
        if speaker is None or not aloud:
            return
        if reply.ring:
            speaker.ring(reply.text, language, self._turn)
        else:
            for part, voice, pace in reply.aloud(language):
                if not speaker.say(part, voice, self._turn, pace):  # it was stopped, or there is no voice
                    break

    def _fail(self, error: AihearError) -> None:
        """Who does not look at the screen hears of it, too; not between the sentences of a dictation."""
        self._emit(Failed(message=error.message, code=error.code, hint=error.hint))
        if self._purpose != "dictate":
            self._answer(Reply(self._answers("failed", self._language, reason=error.message)), self._language or "en")

    def _now(self) -> float:
        return self._cause + time.monotonic() - self._started

    def _emit(self, event: Event) -> None:
        self._parts.emit(msgspec.structs.replace(event, turn=self._turn, at=self._now()))
