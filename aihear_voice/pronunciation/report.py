"""A verdict as JSON, and as one page to look at or to listen to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from html import escape
from typing import Any

from .results import Report, WordScore, quoted

_LIMITS = {
    "phones": (
        "Sounds, words and sentences are scored as five human experts would be likely to score them, learnt from 1,600 "
        "recordings of Mandarin speakers reading English. Such experts differ too: a single score may be wrong, above "
        "all for a single sound, for stress, for children, and in noise."
    ),
    "words": (
        "These numbers are evidence, not a mark. They come from how sure the speech recogniser (Whisper) was of each "
        "word, and from pauses and pace. Single sounds, stress and melody were not judged. A word can be called "
        "unclear because of noise, a rare name or a small model; and a word that was left out can go unnoticed."
    ),
}
# What to work on next; the first group comes from both methods.
STEPS = {
    "missing": "I did not hear {words}.",
    "near": "I heard everything; “{word}” sounded like “{heard}”.",
    "unclear": "I heard everything; “{word}” was unclear.",
    "added": "I heard everything, and also {words}.",
    "added_unknown": "I heard everything, and a word too many.",
    "all": "I heard every word.",
    "sound_as": "The {sound} in “{word}” came out as the {heard_sound}.",
    "sound_lost": "I did not hear the {sound} in “{word}”.",
    "sound": "The {sound} in “{word}” was not right.",
    "word": "“{word}” was not clear.",
    "pause": "There was a long pause between “{before}” and “{after}”.",
    "hesitation": "You hesitated in between.",
    "slow": "Try to say it a little faster.",
    "fast": "Try to say it a little slower.",
    "stress": "Stress syllable {syllable} of “{word}”.",
    "break": "Say “{before} {after}” without a break.",
    "no_break": "Make a short break between “{before}” and “{after}”.",
    "flat": "Let your voice rise and fall more.",
    "well": "I heard every word, and that was good.",
}
_VERDICTS = {"none": "said", "mispronunciation": "unclear", "omission": "not heard"}
_STYLE = """
:root { color-scheme: light dark; font: 1.1rem/1.5 system-ui, sans-serif; }
body { max-width: 42rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; margin: 1rem 0; }
th, td { text-align: left; padding: .35rem .6rem; border-bottom: 1px solid #8888; }
blockquote { margin: 1rem 0; padding-left: 1rem; border-left: .3rem solid #8888; font-size: 1.3rem; }
.mispronunciation { text-decoration: underline wavy; }
.omission { text-decoration: line-through; }
article + article { border-top: 3px double #8888; margin-top: 2.5rem; }
"""


def to_dict(report: Report) -> dict[str, Any]:
    """The fields of `practise --json`: see DESIGN. What this method cannot judge is null, `phones` is empty.

    `refused` is there only where nothing was scored; then `words` is empty.
    """
    fields: dict[str, Any] = {
        "accuracy": report.accuracy,
        "fluency": report.fluency,
        "completeness": report.completeness,
        "prosody": report.prosody,
        "total": report.total,
        "words": [_word(word) for word in report.words],
        "insertions": [
            {"text": word.text, "start": round(max(0.0, word.start), 2), "end": round(max(0.0, word.end), 2)}
            for word in report.insertions
        ],
        "method": report.method,
        "steps": {
            level: {"name": step.name, **step.values, "text": STEPS[step.name].format(**step.values)}
            for level, step in report.steps.items()
        },
    }
    return fields if report.refused is None else fields | {"refused": report.refused}


def _word(word: WordScore) -> dict[str, Any]:
    return {
        "text": word.text,
        "accuracy": word.accuracy,
        "error": word.error,
        "start": word.start,
        "end": word.end,
        "stress": asdict(word.stress) if word.stress else None,
        "phones": [asdict(phone) for phone in word.phones],
    }


def finding(report: Report) -> tuple[str, dict[str, str]]:
    """The one most useful thing: a name, and the words that a sentence about it needs.

    Refused: the reason's name and `heard`. By phones: the step for the total (STEPS). By words: missing, added:
    `words`; near: `word`, `heard`; unclear: `word`; all: nothing.
    """
    if report.why is not None:
        return report.why, {"heard": report.heard.strip()}
    if report.method == "phones":
        return report.steps["total"].name, dict(report.steps["total"].values)
    missing = [word.text for word in report.words if word.error == "omission"]
    if missing:
        return "missing", {"words": quoted(missing)}
    unclear = [word for word in report.words if word.error == "mispronunciation"]
    if unclear:
        worst = min(unclear, key=_first_to_say)
        near = worst.sure and bool(worst.heard)
        return ("near", {"word": worst.text, "heard": worst.heard}) if near else ("unclear", {"word": worst.text})
    if report.insertions:
        return "added", {"words": quoted([word.text for word in report.insertions])}
    return "all", {}


def _first_to_say(word: WordScore) -> tuple[bool, float]:
    """A certain finding before a doubt, then the least accurate; what nothing is known of comes last."""
    return not word.sure, 100.0 if word.accuracy is None else word.accuracy


def summary(report: Report) -> str:
    """The one most useful thing, in an English sentence."""
    if report.refused is not None:
        return report.refused
    name, values = finding(report)
    return STEPS[name].format(**values)


def to_html(reports: Sequence[Report]) -> str:
    """One page without outside resources, in plain tables that a screen reader can read, light or dark."""
    articles = "\n".join(_article(report) for report in reports)
    methods = sorted({report.method for report in reports if report.refused is None})
    limits = "\n".join(f"<p><small>{escape(_LIMITS[method])}</small></p>" for method in methods)
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Pronunciation report</title>
<style>{_STYLE}</style>
</head>
<body>
<main>
<h1>Pronunciation report</h1>
{articles}
{limits}
</main>
</body>
</html>
"""


def _article(report: Report) -> str:
    parts = [f"<h2>{escape(summary(report))}</h2>", f"<p>The text:</p>\n<blockquote>{_marked(report)}</blockquote>"]
    if report.heard.strip():
        parts.append(f"<p>What was heard: {escape(report.heard.strip())}</p>")
    if report.refused is None:
        parts += [_scores(report), _words(report.words)]
    if report.insertions:
        parts.append(f"<p>Heard in addition: {escape(quoted([word.text or '…' for word in report.insertions]))}</p>")
    return "<article>\n" + "\n".join(parts) + "\n</article>"


def _marked(report: Report) -> str:
    """Marked by the kind of line, so that it does not hang on colours; the table says the same in words."""
    if not report.words:
        return escape(report.target)
    return " ".join(f'<span class="{word.error}">{escape(word.text)}</span>' for word in report.words)


def _scores(report: Report) -> str:
    rows = {
        "Words said": report.completeness,
        "Accuracy" if report.method == "phones" else "Accuracy (how sure the recogniser was)": report.accuracy,
        "Fluency (pace and pauses)": report.fluency,
        "Prosody (melody and stress)": report.prosody,
        "Total": report.total,
    }
    cells = "\n".join(
        f'<tr><th scope="row">{escape(name)}</th><td>{_number(value)}</td></tr>' for name, value in rows.items()
    )
    return f"<table>\n<caption>Of 100</caption>\n{cells}\n</table>"


def _words(words: Sequence[WordScore]) -> str:
    head = "".join(f'<th scope="col">{name}</th>' for name in ("Word", "Verdict", "Accuracy", "Heard"))
    rows = "\n".join(
        f'<tr><th scope="row">{escape(word.text)}</th><td>{_VERDICTS[word.error]}</td>'
        f"<td>{_number(word.accuracy)}</td><td>{escape(word.heard)}</td></tr>"
        for word in words
    )
    return (
        f"<table>\n<caption>Word by word</caption>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}\n</tbody>\n</table>"
    )


def _number(value: float | None) -> str:
    return "not judged" if value is None else f"{value:.0f}"
