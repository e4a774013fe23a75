"""A small working plugin to start from."""

from __future__ import annotations

import re
from pathlib import Path

from .. import paths
from ..errors import PluginError, SettingsError

_MANIFEST = """\
name = "{name}"
summary = "What it does, in one sentence."
api = 1
permissions = []                # of type, run, network, files: only what it needs

[settings]                      # with defaults; change them in your settings under [plugin.{name}]
politely = false

[intents.talk_about]            # a function of the same name in {name}.py
purposes = ["assist"]           # add "dictate" where it must work while dictating, too
confirm = false                 # true: it asks "shall I?" first
"""
_SENTENCES = """\
# (a|b) either, [x] optional, {{list:slot}} a value. Besides lists of your own there are {{number}}, {{percent}},
# {{duration}} (seconds), {{time}} ("07:30"), {{date}} ("2030-03-04"), and for free words {{text}} and {{verbatim}}.
[intents.talk_about]
sentences = ["(tell|ask) {spoken} [to talk] about {{topic:topic}}", "(tell|ask) {spoken} about {{text:topic}}"]
examples = ["Tell {spoken} about cats"]

[lists.topic]
values = [{{ in = "(dogs|puppies)", out = "dogs" }}]

[answers]
talk = "I know nothing about {{topic}} yet."
talk_politely = "I am sorry, I know nothing about {{topic}} yet."
"""
_CODE = '''\
"""What it does. Each function is an intent of plugin.toml; a slot of its sentences is a parameter.

It returns the answer: a text, None, or a Reply. Reply(text, undo=take_back) says how to take back what was done, so
that "set a timer for ten minutes … and thirty seconds" can end as one timer.
"""

from __future__ import annotations

from aihear_voice.plugin import Context


def talk_about(ctx: Context, topic: str) -> str:
    return ctx.t("talk_politely" if ctx.settings["politely"] else "talk", topic=topic)
'''
_CASES = """\
# What you say, and what must come of it: `aihear plugins check {name}` tries them.
[[case]]
say = "Tell {spoken} about puppies."
intent = "talk_about"
slots = {{ topic = "dogs" }}
reply = "I know nothing about dogs yet."

[[case]]
say = "Could you ask {spoken} about the weather, please?"
intent = "talk_about"
slots = {{ topic = "the weather" }}

[[case]]
say = "I talked about {spoken} yesterday."
intent = ""
"""
_PROJECT = """\
# To give it away as a wheel: `pip wheel .` in this folder. Whoever installs that has the plugin.
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "aihear-{dashed}"
version = "1.0"
description = "A plugin of AI Hear Voice."
requires-python = ">=3.11"

[project.entry-points."aihear_voice.plugins"]
{name} = "{name}"               # the folder in which plugin.toml lies

[tool.hatch.build.targets.wheel]
only-include = ["plugin.toml", "sentences", "cases.toml", "{name}.py"]  # and what else it is made of

[tool.hatch.build.targets.wheel.sources]
"" = "{name}"
"""


def write(name: str) -> Path:
    """Into the person's plugin folder, which is returned. Raises SettingsError, PluginError."""
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise SettingsError(
            f"{name!r} is no name for a plugin", "bad_name", "small letters, digits and _, a letter first"
        )
    folder = paths.personal_plugins() / name
    spoken = name.replace("_", " ")
    files = {
        "plugin.toml": _MANIFEST.format(name=name),
        "sentences/en.toml": _SENTENCES.format(spoken=spoken),
        f"{name}.py": _CODE,
        "cases.toml": _CASES.format(name=name, spoken=spoken),
        "pyproject.toml": _PROJECT.format(name=name, dashed=name.replace("_", "-")),
    }
    try:
        (folder / "sentences").mkdir(parents=True)
        for path, text in files.items():
            (folder / path).write_text(text, encoding="utf-8")
    except FileExistsError as error:
        raise SettingsError(f"{folder} is there already", "taken", "choose another name") from error
    except OSError as error:
        raise PluginError(f"{folder} cannot be written: {error}", "unwritable") from error
    return folder
