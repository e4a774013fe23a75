"""The report of `aihear practise`: a page or a picture, in which the voice of this computer says the text, too."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import AihearError, DeviceError, SettingsError
from ..types import Audio

if TYPE_CHECKING:
    from ..ports import Recogniser, Voice
    from ..pronunciation.results import Report
    from ..pronunciation.showing.attempt import Album, Times
    from ..settings import Settings

_KINDS = (".html", ".htm", ".png", "")
_LONGEST = 60.0  # seconds


def check_place(path: Path) -> None:
    """Raises SettingsError where no report can be written."""
    if not path.absolute().parent.is_dir():
        raise SettingsError(f"{path.parent} is no folder", "no_folder", "give --report another place")
    if path.suffix.lower() not in _KINDS:
        raise SettingsError(
            f"a report is no {path.suffix} file", "bad_report", "name it .html (a page) or .png (a picture)"
        )


class ReportFile:
    """Collects attempts. Nothing is done where path is None."""

    def __init__(self, path: Path | None, settings: Settings, recogniser: Recogniser) -> None:
        self._path = path
        self._voice = ModelVoice(settings, recogniser)
        self._album = _picture_album(self._voice) if self._kind == ".png" else _page_album(self._voice)

    def add(self, report: Report, audio: Audio | None, language: str, name: str = "") -> None:
        if self._path is not None:
            self._album.add(report, audio, language or ("en" if report.method == "phones" else ""), name)

    def write(self) -> None:
        """Raises SettingsError."""
        if self._path is None:
            return
        try:
            self._path.write_bytes(self._drawn())
        except OSError as error:
            raise SettingsError(
                f"{self._path} cannot be written: {error.strerror}", "unwritable", "give another place"
            ) from error

    def close(self) -> None:
        self._voice.close()

    @property
    def _kind(self) -> str:
        return self._path.suffix.lower() if self._path is not None else ""

    def _drawn(self) -> bytes:
        if self._kind == ".png":
            from ..pronunciation.showing.picture import to_png

            return to_png(self._album.attempts)
        from ..pronunciation.showing.page import to_html

        return to_html(self._album.attempts).encode()


def _page_album(voice: ModelVoice) -> Album:
    from ..audio.save import flac
    from ..pronunciation.showing.attempt import Album

    return Album(flac, voice.say)


def _picture_album(voice: ModelVoice) -> Album:
    """A picture plays nothing, so nothing is encoded for it."""
    from ..pronunciation.showing.attempt import Album
    from ..pronunciation.showing.picture import MOST

    return Album(lambda audio: b"", voice.say, MOST)


class ModelVoice:
    """Where it cannot speak it says so once, and is silent: a report without it is still one."""

    def __init__(self, settings: Settings, recogniser: Recogniser) -> None:
        """recogniser: finds the words in languages whose sounds are not aligned"""
        self._settings = settings
        self._recogniser = recogniser
        self._voice: Voice | None = None
        self._mute = False

    def say(self, report: Report, language: str) -> tuple[Audio, Sequence[Times]] | None:
        """The text and where its words are; None where that is not to be had."""
        if self._mute or not language:
            return None
        try:
            audio = self._spoken(report.target, language)
        except (DeviceError, SettingsError) as error:  # no engine, or no voice of that name
            print(f"aihear: the report has no model voice: {error.message}", file=sys.stderr)
            self._mute = True
            return None
        return (audio, self._times(report, audio, language)) if 0 < audio.duration <= _LONGEST else None

    def close(self) -> None:
        if self._voice is not None:
            self._voice.close()

    def _spoken(self, text: str, language: str) -> Audio:
        from ..audio.resample import Resampler
        from ..speaking.voices import Pyttsx3Voice

        if self._voice is None:
            self._voice = Pyttsx3Voice(self._settings.speaking)
        # A voice spells short words that are all in capitals.
        samples, rate = self._voice.synthesise(text.capitalize() if text.isupper() else text, language)
        return Audio(Resampler(rate, 1).push(samples, last=True))

    def _times(self, report: Report, audio: Audio, language: str) -> Sequence[Times]:
        from ..pronunciation import check
        from ..pronunciation.showing.attempt import times_in, times_of

        if report.method == "phones":
            return times_in(audio, report)
        try:
            transcript = self._recogniser.transcribe(audio, "practise", words=True)
            found = times_of(check.assess(report.target, transcript, audio, language=language))
        except AihearError:
            found = ()
        return found if len(found) == len(report.words) else (None,) * len(report.words)
