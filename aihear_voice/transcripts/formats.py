"""Transcript files: pure functions from Whisper's own dictionary {text, language, segments} to a file's text.

A segment is {start, end, text} in seconds, and {words: [{word, start, end, probability}]} where word times were
asked for. openai-whisper's writers do the same for five of these, but importing them imports torch.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

Result = Mapping[str, Any]

LINE_CHARACTERS = 42  # of a caption's line; the broadcasters' usual limit
_WIDE_LINE_CHARACTERS = 21  # where characters are twice as wide: Chinese, Japanese, Korean
_UNSPACED = frozenset({"zh", "yue", "ja", "th", "lo", "my", "km"})
_UNSPACED_PIECE = re.compile(r"[\w.'-]+ ?(?<=[ -~])|.", re.ASCII)  # a Latin word, or one character
_ASS_HEADER = """[Script Info]
ScriptType: v4.00+
WrapStyle: 0
ScaledBorderAndShadow: yes
PlayResX: 1920
PlayResY: 1080

[V4+ Styles]
Format: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, Bold, Italic, Underline, \
StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, Shadow, Alignment, MarginL, MarginR, MarginV, Encoding
Style: Default,sans-serif,64,&H00FFFFFF,&H000000FF,&H00000000,&H80000000,0,0,0,0,100,100,0,0,1,3,1,2,80,80,60,1

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
"""


def txt(result: Result) -> str:
    """One line a segment."""
    return "".join(f"{_line(segment)}\n" for segment in _spoken(result))


def tsv(result: Result) -> str:
    """start, end in whole milliseconds, and text."""
    rows = (f"{_ms(s['start'])}\t{_ms(s['end'])}\t{_line(s)}\n" for s in _spoken(result))
    return "start\tend\ttext\n" + "".join(rows)


def srt(result: Result) -> str:
    cues = enumerate(_spoken(result), start=1)
    # A blank line ends a cue and an arrow starts one: neither may come out of what was said.
    return "\n".join(
        f"{number}\n{clock(s['start'], ',')} --> {clock(s['end'], ',')}\n{_caption(s, result, _plain)}\n"
        for number, s in cues
    )


def vtt(result: Result) -> str:
    cues = (f"{clock(s['start'])} --> {clock(s['end'])}\n{_caption(s, result, _vtt_text)}\n" for s in _spoken(result))
    return "\n".join(["WEBVTT\n", *cues])


def ass(result: Result) -> str:
    """Advanced SubStation Alpha; with word times, each word lights up as it is spoken (karaoke tags)."""
    lines = (
        f"Dialogue: 0,{_ass_clock(s['start'])},{_ass_clock(s['end'])},Default,,0,0,0,,{_ass_line(s)}\n"
        for s in _spoken(result)
    )
    return _ASS_HEADER + "".join(lines)


def to_json(result: Result) -> str:
    """Whisper's own: all that it knows of each segment and word."""
    return json.dumps(result, ensure_ascii=False, indent=1) + "\n"


WRITERS: Mapping[str, Callable[[Result], str]] = {
    "txt": txt,
    "srt": srt,
    "vtt": vtt,
    "tsv": tsv,
    "json": to_json,
    "ass": ass,
}


def clock(seconds: float, point: str = ".") -> str:
    """HH:MM:SS.mmm; hours always, as SRT needs them and WebVTT allows them."""
    ms = _ms(seconds)
    return f"{ms // 3_600_000:02d}:{ms // 60_000 % 60:02d}:{ms // 1000 % 60:02d}{point}{ms % 1000:03d}"


def _ass_clock(seconds: float) -> str:
    """H:MM:SS.cc."""
    hundredths = round(max(0.0, seconds) * 100)
    minutes, rest = divmod(hundredths, 6000)
    return f"{minutes // 60}:{minutes % 60:02d}:{rest // 100:02d}.{rest % 100:02d}"


def _ms(seconds: float) -> int:
    return round(max(0.0, seconds) * 1000)


def _spoken(result: Result) -> Iterator[Mapping[str, Any]]:
    return (segment for segment in result["segments"] if _line(segment))


def _line(segment: Mapping[str, Any]) -> str:
    return " ".join(str(segment["text"]).split())  # tabs and newlines would break a row or a cue


def _caption(segment: Mapping[str, Any], result: Result, escape: Callable[[str], str]) -> str:
    return "\n".join(escape(line) for line in wrap(_line(segment), str(result.get("language", ""))))


def wrap(text: str, language: str = "") -> Sequence[str]:
    """Lines of about equal length, none longer than a caption's line unless a word is."""
    limit = _WIDE_LINE_CHARACTERS if language in _UNSPACED else LINE_CHARACTERS
    pieces = _UNSPACED_PIECE.findall(text) if language in _UNSPACED else text.split(" ")
    joint = "" if language in _UNSPACED else " "
    lines = _filled(pieces, joint, limit)
    for width in range(-(-len(text) // len(lines)), limit):
        narrower = _filled(pieces, joint, width)
        if len(narrower) == len(lines):
            return narrower
    return lines


def _filled(pieces: Sequence[str], joint: str, width: int) -> list[str]:
    lines = [pieces[0]]
    for piece in pieces[1:]:
        longer = lines[-1] + joint + piece
        if len(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(piece)
    return lines


def _plain(text: str) -> str:
    return text.replace("-->", "->")


def _vtt_text(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _ass_text(text: str) -> str:
    # Braces open override tags and a backslash a command; renderers know no escape that all of them honour.
    return text.replace("\\", "⧵").replace("{", "(").replace("}", ")").replace("\n", " ")


def _ass_line(segment: Mapping[str, Any]) -> str:
    words = segment.get("words") or []
    if not words:
        return _ass_text(_line(segment))
    parts, at = [], round(segment["start"] * 100)
    for word in words:
        # A tag lasts from the last one's end, so that pauses between words are counted.
        end = max(at, round(word["end"] * 100))
        parts.append(f"{{\\k{end - at}}}{_ass_text(word['word'])}")
        at = end
    return "".join(parts).replace("} ", "}", 1)
