"""`aihear practise` with all that is no good recording of a good text: a clear answer each, in every language."""

import json
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest

from tests import rigs

Samples = np.ndarray

# Language: the text, who says it, another text.
TEXTS = {
    "en": ("The weather in London is good today.", "flite:slt", "What time is it?"),
    "de": ("Mach das Licht in der Küche an.", "espeak:de", "Wie spät ist es?"),
    "es": ("Enciende la luz de la cocina.", "espeak:es", "Buenos días."),
    "zh": ("打开厨房的灯。", "espeak:cmn", "现在几点了?"),
    "fr": ("Je voudrais un café avec du lait.", "espeak:fr-fr", "Où est la gare?"),
}
JUDGED = "judged"
# What becomes of the recording (and of another text's), and what the answer must say.
RECORDINGS: dict[str, tuple[Callable[[Samples, Samples], Samples], str]] = {
    "silence": (lambda said, other: rigs.silence(2), "silent"),
    "noise": (lambda said, other: rigs.noise(3, rms=0.05), "noise"),
    "hum": (lambda said, other: (0.1 * np.sin(np.arange(48000) * 2 * np.pi * 50 / 16000)).astype(np.float32), "noise"),
    "another text": (lambda said, other: other, "something else|too short|transcript|reliably"),
    "half a second": (lambda said, other: said[4000:12000], "too short|transcript|reliably|something else|omission"),
    "nothing": (lambda said, other: np.zeros(0, np.float32), "no sound that can be decoded"),
    "a few samples": (lambda said, other: said[5000:5100], "silent"),
    "ten minutes": (lambda said, other: np.tile(said, 1 + 600 * 16000 // len(said)), "longer than 30 seconds"),
    "too loud": (lambda said, other: np.clip(said * 10, -1, 1), JUDGED),
}
# As av encodes it: rate, channels, codec, sample format, ending.
FORMATS = {
    "8 kHz": (8000, "mono", "pcm_s16le", "s16", "wav"),
    "48 kHz, float, stereo": (48000, "stereo", "pcm_f32le", "flt", "wav"),
    "44.1 kHz, 24 bit, stereo": (44100, "stereo", "pcm_s24le", "s32", "wav"),
    "8 bit": (16000, "mono", "pcm_u8", "u8", "wav"),
    "mp3, stereo": (48000, "stereo", "mp3", "fltp", "mp3"),
    "flac": (16000, "mono", "flac", "s16", "flac"),
}
METHODS = {"en": "phones", "de": "words"}


def encoded(path: Path, samples: Samples, rate: int, layout: str, codec: str, kind: str) -> Path:
    sound = rigs.resample(samples, 16000, rate)
    channels = np.stack([sound, 0.5 * sound][: 1 + (layout == "stereo")])
    scales = {"s16": (np.int16, 2**15), "s32": (np.int32, 2**31), "u8": (np.uint8, 2**7)}
    dtype, scale = scales.get(kind, (np.float32, 1))
    values = (np.clip(channels, -0.99, 0.99) * scale + (scale if kind == "u8" else 0)).astype(dtype)
    plain = values if kind.endswith("p") else values.T.reshape(1, -1)
    with av.open(str(path), "w") as file:
        stream = file.add_stream(codec, rate=rate, layout=layout)
        frame = av.AudioFrame.from_ndarray(plain, format=kind, layout=layout)
        frame.sample_rate = rate
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            file.mux(packet)
    return path


def batch(folder: Path, lines: list[dict[str, object]]) -> dict[str, dict[str, object]]:
    """The answers by `utt`."""
    written = "\n".join(json.dumps(line, ensure_ascii=False) for line in lines)
    (folder / "batch.jsonl").write_text(written, encoding="utf-8")
    done = rigs.aihear_once("practise", "--batch", str(folder / "batch.jsonl"), timeout=250)
    assert "Traceback" not in done.stderr
    assert len(done.stdout.splitlines()) == len(lines), done.stderr
    return {answer["utt"]: answer for answer in map(json.loads, done.stdout.splitlines())}


def spoken(language: str) -> tuple[Samples, Samples]:
    text, voice, other = TEXTS[language]
    said, else_said = rigs.speech(text, voice), rigs.speech(other, voice)
    return rigs.join(0.3, said, 0.3), rigs.join(0.3, else_said, 0.3)


def line(name: str, path: Path, language: str) -> dict[str, object]:
    """The starter hears no French: there the transcript is given."""
    text = TEXTS[language][0]
    return {"utt": name, "audio": path.name, "text": text} | ({"heard": text} if language == "fr" else {})


def told(answer: dict[str, object]) -> str:
    """Why it was refused, or what was missed."""
    if "refused" in answer:
        assert answer["words"] == []
        assert answer["accuracy"] is None
        return str(answer["refused"])
    assert answer["completeness"] is not None
    return " ".join([JUDGED, *(word["error"] for word in answer["words"])])


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, object]]:
    folder = tmp_path_factory.mktemp("edges")
    lines = []
    for language in TEXTS:
        said, other = spoken(language)
        for name, (made, _) in RECORDINGS.items():
            path = rigs.write_wav(folder / f"{language} {name}.wav", made(said, other))
            lines.append(line(path.stem, path, language))
        for name, (rate, layout, codec, kind, ending) in FORMATS.items() if language in METHODS else ():
            path = encoded(folder / f"{language} {name}.{ending}", said, rate, layout, codec, kind)
            lines.append(line(path.stem, path, language))
    (folder / "empty.wav").touch()
    lines.append(line("empty", folder / "empty.wav", "en"))
    return batch(folder, lines)


@pytest.mark.parametrize("language", TEXTS)
@pytest.mark.parametrize("name", RECORDINGS)
def test_a_bad_recording_has_a_clear_answer(answers: dict[str, dict[str, object]], language: str, name: str) -> None:
    answer = told(answers[f"{language} {name}"])
    assert any(part in answer for part in RECORDINGS[name][1].split("|")), answer
    assert "\n" not in answer


@pytest.mark.parametrize("language", METHODS)
@pytest.mark.parametrize("name", FORMATS)
def test_every_kind_of_file_is_judged_alike(answers: dict[str, dict[str, object]], language: str, name: str) -> None:
    answer = answers[f"{language} {name}"]
    assert "refused" not in answer, answer
    assert answer["completeness"] == 100
    assert answer["method"] == METHODS[language]


def test_an_empty_file_is_named(answers: dict[str, dict[str, object]]) -> None:
    assert "empty" in told(answers["empty"])


# -- texts ------------------------------------------------------------------------------------------------

ODD = {  # text: what is said, where it is not the text itself; and whether it must be judged
    "42": ("forty two", True),
    "Nguyễn lives in Dún Laoghaire": ("Nuen lives in Dun Leary", False),
    "Call Mxyzptlk the blorfing frobnicator": ("", True),
    "The weather in London is good today 😀": ("The weather in London is good today", True),
    "I live in 北京 now": ("I live in Beijing now", False),
    "2+2=4 @ 100%": ("two plus two is four at one hundred percent", False),
    "Привет, мир": ("Privet mir", False),
    "これはテストです": ("Kore wa tesuto desu", False),
    "I've 3 O'Neills & a co-op, e.g. 'x'": ("I have three O'Neills and a co-op, for example x", False),
    "word " * 900: ("word", False),
}


def test_odd_texts_are_judged_or_refused(tmp_path: Path) -> None:
    lines = []
    for number, (text, (said, _)) in enumerate(ODD.items()):
        path = rigs.write_wav(tmp_path / f"{number}.wav", rigs.join(0.3, rigs.speech(said or text), 0.3))
        lines.append({"utt": str(number), "audio": path.name, "text": text})
    found = batch(tmp_path, lines)
    for number, (text, (_, judged)) in enumerate(ODD.items()):
        answer = told(found[str(number)])
        assert answer
        assert not judged or answer.startswith(JUDGED), (text, answer)


SAY = "weather"
WRONG = [
    ((SAY, "--phones", "W E1 DH"), "'E1' is no phone"),
    ((SAY, "--phones", "W EH1 DH ER0 | N AW1"), "2 words for a text of 1"),
    ((f"{SAY} now", "--phones", "W EH1 DH ER0"), "1 word"),
    ((SAY, "--phones", ""), "no phones"),
    ((SAY, "--phones", "|"), "no phones"),
    ((SAY, "--phones", "ʍ ɛ ð ɚ"), "is no phone"),
    (("😀🎉",), "no word"),
    (("?!… —",), "no word"),
    (("",), "no word"),
    ((SAY, "--language", "klingon"), "klingon"),
    ((SAY, "--heard", SAY), "--audio"),
    (("--batch", "x.jsonl", "--heard", SAY), "--heard"),
    ((SAY, "--audio", "nowhere.wav"), "nowhere.wav"),
    ((SAY, "--audio", "."), "folder"),
]


@pytest.mark.parametrize(("arguments", "complaint"), WRONG)
def test_wrong_use_is_one_line_and_a_hint(tmp_path: Path, arguments: tuple[str, ...], complaint: str) -> None:
    there = [] if {"--audio", "--batch", "--heard"} & set(arguments) else ["--audio", str(tmp_path / "said.wav")]
    rigs.write_wav(tmp_path / "said.wav", rigs.speech(SAY))
    done = rigs.aihear_once("practise", *arguments, *there)
    assert done.returncode in (2, 3)
    assert done.stdout == ""
    first, second = done.stderr.rstrip("\n").split("\n")
    assert complaint in done.stderr
    assert first.startswith("aihear: ")
    assert second.startswith("  hint: ")


@pytest.mark.parametrize(("name", "samples"), [("silence", rigs.silence(2)), ("noise", rigs.noise(3, rms=0.05))])
def test_a_refusal_is_one_line_that_says_what_to_do(tmp_path: Path, name: str, samples: Samples) -> None:
    path = rigs.write_wav(tmp_path / f"{name}.wav", samples)
    done = rigs.aihear_once("practise", TEXTS["de"][0], "--audio", str(path))
    assert done.returncode == 0
    assert done.stdout.count("\n") == 1
    assert "microphone" in done.stdout
