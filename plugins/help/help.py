"""What you can say: it looks at the plugins that are installed, and at the examples of their sentences."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from aihear_voice.plugin import Context

if TYPE_CHECKING:
    from aihear_voice.plugin.manifest import Plugin

_STEM = 4  # letters that two words must share to be of one stem: "timers", "timer"


def what_can_i_say(ctx: Context) -> str:
    plugins = _others(ctx)
    limit = int(ctx.settings["examples"])
    shown = [plugin.examples(ctx.language, 1)[0] for plugin in plugins][:limit]
    return f"{_told(ctx, shown)} {ctx.t('more', topics=_topics(ctx, plugins))}" if shown else _told(ctx, [ctx.text])


def help_with(ctx: Context, topic: str) -> str:
    plugins = _others(ctx)
    found = _about(plugins, topic, ctx.language)[: int(ctx.settings["examples"])]
    if not found:
        return f"{ctx.t('unknown', topic=topic)} {ctx.t('more', topics=_topics(ctx, plugins))}"
    return _told(ctx, found)


def _others(ctx: Context) -> list[Plugin]:
    """Those that work and have something to say."""
    return [
        plugin
        for plugin in ctx.services.plugins()
        if plugin.status == "ok" and plugin.name != ctx.plugin.name and plugin.examples(ctx.language)
    ]


def _about(plugins: Sequence[Plugin], topic: str, language: str) -> list[str]:
    """Sentences that name the topic; else all of the plugin that is called, or described, so."""
    wanted = _stems(topic)
    examples = [example for plugin in plugins for example in plugin.examples(language)]
    naming = [example for example in examples if wanted & _stems(example)]
    if naming:
        return naming
    described = [plugin for plugin in plugins if wanted & _stems(f"{plugin.name} {plugin.summary}")]
    return [example for plugin in described[:1] for example in plugin.examples(language)]


def _stems(text: str) -> set[str]:
    """The beginnings of words of three letters or more; pairs of Chinese characters."""
    words = {
        word[:_STEM] for word in re.findall(r"[^\W\d_]{3,}", text.casefold()) if word.isascii() or not _chinese(word)
    }
    return words | {text[i : i + 2] for i in range(len(text) - 1) if _chinese(text[i : i + 2])}


def _chinese(text: str) -> bool:
    return all("\u4e00" <= character <= "\u9fff" for character in text)


def _told(ctx: Context, examples: Sequence[str]) -> str:
    return ctx.t("examples", examples=ctx.t("between").join(example.rstrip(".。") for example in examples))


def _topics(ctx: Context, plugins: Sequence[Plugin]) -> str:
    names = [plugin.name for plugin in plugins]
    return ctx.t("and", first=", ".join(names[:-1]), last=names[-1]) if len(names) > 1 else "".join(names)
