"""Characters as a person counts them: a base with its marks, a joined emoji, a flag (Unicode's UAX 29)."""

from __future__ import annotations


def graphemes(text: str) -> list[str]:
    import regex

    found: list[str] = regex.findall(r"\X", text)
    return found
