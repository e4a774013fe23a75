"""Carries out what a sentence means."""

from __future__ import annotations

from typing import Any

from ..errors import PluginError
from ..types import Match, Reply
from .context import Context, Services
from .manifest import Plugin


def perform(plugin: Plugin, services: Services, match: Match, text: str, **heard: Any) -> Reply:
    """Call the intent's function. heard: transcript, audio, turn, at, began, as in Context. Raises PluginError."""
    context = Context(plugin, services, match.language, text, plugin.settings, **heard)
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
