"""Carries out what a sentence means."""

from __future__ import annotations

from typing import Any

from ..errors import PluginError
from ..events import Undoable
from ..types import Match, Reply
from . import spoken
from .context import Context, Services
from .manifest import Plugin


def perform(plugin: Plugin, services: Services, match: Match, text: str, **heard: Any) -> Reply:
    """Call the intent's function, once its slots have been checked, and note what it did.

    heard: transcript, audio, turn, at, began, as in Context. Raises PluginError.
    """
    spoken.check_slots(plugin, match.intent, match.slots)
    context = Context(
        plugin, services, match.language, text, plugin.settings, intent=match.intent, slots=match.slots, **heard
    )
    undo = None
    try:
        reply = _called(plugin, match, context)
        undo = reply.undo
    finally:  # what failed half-way has no way back
        services.deeds.keep(context.turn, plugin.name, match.intent, undo, context.done)
    if undo is not None:
        seconds = services.deeds.within_s
        services.emit(
            Undoable(plugin=plugin.name, intent=match.intent, seconds=seconds, turn=context.turn, at=context.at)
        )
    return reply


def _called(plugin: Plugin, match: Match, context: Context) -> Reply:
    answer = plugin.function(match.intent)(context, **match.slots)
    if answer is None or isinstance(answer, str):
        reply = Reply(answer or "")
    elif isinstance(answer, Reply):
        reply = answer
    else:
        message = f"plugin {plugin.name}: {match.intent} answered with {type(answer).__name__}"
        raise PluginError(message, "bad_reply", "return a Reply, a str or None")
    if reply.type_text:
        context.type(reply.type_text)
    return reply
