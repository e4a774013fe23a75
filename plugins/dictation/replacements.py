"""The person's own texts: "my address" becomes the address. Pure functions.

[plugin.dictation.replacements]
"my address" = "Anna Muster\\nHauptstraße 1"
"kubernetes" = { write = "Kubernetes", inside = true }

A name alone is replaced where nothing else was said; with `inside`, as whole words of any sentence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from aihear_voice.plugin import PluginError


def whole(text: str, table: Mapping[str, Any]) -> str | None:
    """What stands for all of the text; None where nothing does."""
    said = _folded(text)
    return next((write for name, write, _ in _entries(table) if _folded(name) == said), None)


def inside(text: str, table: Mapping[str, Any]) -> str:
    """With what stands for its words; the longest name first, and none in what another has written."""
    names = {_folded(name): write for name, write, anywhere in _entries(table) if anywhere}
    if not names:
        return text
    longest_first = sorted(names, key=len, reverse=True)
    pattern = "|".join(r"\s+".join(map(re.escape, name.split())) for name in longest_first)
    return re.sub(rf"(?<!\w)(?:{pattern})(?!\w)", lambda found: names[_folded(found[0])], text, flags=re.IGNORECASE)


def _folded(text: str) -> str:
    return " ".join(re.sub(r"[^\w\s'’-]", " ", text).casefold().replace("’", "'").split())


def _entries(table: Mapping[str, Any]) -> Iterator[tuple[str, str, bool]]:
    for name, entry in table.items():
        write, anywhere = (
            (entry.get("write"), entry.get("inside", False)) if isinstance(entry, Mapping) else (entry, False)
        )
        if not isinstance(write, str) or not isinstance(anywhere, bool) or not _folded(name):
            message = f'plugin.dictation.replacements: "{name}" must be a text, or {{ write = "…", inside = true }}'
            raise PluginError(message, "bad_setting", "mend your settings")
        yield name, write, anywhere
