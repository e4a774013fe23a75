"""The engines that are compared, each in a process of its own: from the same samples to text.

All decode greedily, at temperature 0, without fallback, the same number of tokens, on the same number of threads.
"""

from __future__ import annotations

import importlib.util
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..recognition import conversion
from ..recognition.model import Options
from ..workers import Worker

if TYPE_CHECKING:
    from ..types import Samples


_PROMPT = 4  # tokens: start, language, task, no time stamps
_CALM_S = 0.3  # between two runs: threads of the engine before spin for a while


@dataclass(frozen=True, slots=True)
class Timing:
    """tokens: how many were decoded"""

    seconds: float
    tokens: int


@dataclass(frozen=True, slots=True)
class Contender:
    """name: as the tables and --json call it; window_s: seconds that its encoder sees, 0 for the utterance's own"""

    name: str
    worker: Worker
    window_s: float

    def time(self, samples: Samples, tokens: int) -> Timing:
        time.sleep(_CALM_S)
        seconds, count = self.worker.call("time", samples, tokens, self.window_s)
        return Timing(seconds, count)


def contenders(checkpoint: Path, official: str, folder: Path, threads: int) -> list[Contender]:
    """Ours with three windows, and the others that are installed. official: the name of OpenAI's weights, or ""."""
    options = {"checkpoint": str(checkpoint), "official": official, "threads": threads}
    prepared = {"converted": str(conversion.converted(checkpoint, official))}
    ours = _worker("Ours", options | prepared)
    found = [
        Contender("aihear", ours, 0.0),
        Contender("aihear_10s", ours, 10.0),
        Contender("aihear_30s", ours, 30.0),
        Contender("openai_whisper", _worker("OpenAIWhisper", options), 30.0),
    ]
    if importlib.util.find_spec("faster_whisper"):
        found.append(Contender("faster_whisper", _worker("FasterWhisper", options | prepared), 30.0))
    if importlib.util.find_spec("pywhispercpp"):
        ggml = {"ggml": str(_ggml(checkpoint, folder))}
        found.append(Contender("whisper_cpp", _worker("WhisperCpp", options | ggml), 30.0))
    return found


def close(found: list[Contender]) -> None:
    for contender in found:
        contender.worker.kill()


def _worker(engine: str, options: dict[str, Any]) -> Worker:
    return Worker(engine, f"aihear_voice.bench.engines:{engine}", options, timeout=900.0)


def _ggml(checkpoint: Path, folder: Path) -> Path:
    path = folder / f"{checkpoint.stem}.ggml"
    if not path.exists():
        writer = Worker("ggml", "aihear_voice.bench.ggml:Writer", {}, timeout=300.0)
        try:
            writer.call("write", str(checkpoint), str(path))
        finally:
            writer.kill()
    return path


class Ours:
    """The fast engine of recognition/, with int8 weights."""

    def __init__(self, checkpoint: str, official: str, threads: int, converted: str) -> None:
        from ..recognition.whisper_engine import Engine
        from ..settings import load

        recognition = load(env={}).recognition
        options = Options(
            checkpoint=checkpoint,
            converted=converted,
            name="bench",
            official=official,
            embedded=False,
            shortest_window_s=1.0,
            device="cpu",
            threads=threads,
            languages=("en",),
            no_speech_threshold=recognition.no_speech_threshold,
            logprob_threshold=recognition.logprob_threshold,
            compression_threshold=recognition.compression_threshold,
        )
        self._engine = Engine(options)

    def time(self, samples: Samples, tokens: int, window_s: float) -> tuple[float, int]:
        return self._engine.timed(samples, tokens, window_s)


class OpenAIWhisper:
    """As it comes: float32 on the processor, 30 s of padding."""

    def __init__(self, checkpoint: str, official: str, threads: int) -> None:
        import torch
        import whisper
        from whisper.tokenizer import get_tokenizer

        torch.set_num_threads(threads)
        self._model = whisper.load_model(checkpoint, device="cpu")
        self._end = get_tokenizer(self._model.is_multilingual).eot

    def time(self, samples: Samples, tokens: int, window_s: float) -> tuple[float, int]:
        import whisper

        options = whisper.DecodingOptions(
            language="en",
            temperature=0.0,
            sample_len=tokens,
            suppress_tokens=f"-1,{self._end}",
            without_timestamps=True,
            fp16=False,
        )
        began = time.perf_counter()
        mel = whisper.log_mel_spectrogram(whisper.pad_or_trim(samples), self._model.dims.n_mels)
        result: Any = whisper.decode(self._model, mel, options)
        return time.perf_counter() - began, len(result.tokens)


class FasterWhisper:
    """As it comes, with int8 weights and without its voice gate."""

    def __init__(self, checkpoint: str, official: str, threads: int, converted: str) -> None:
        from faster_whisper import WhisperModel

        self._model = WhisperModel(converted, device="cpu", compute_type="int8", cpu_threads=threads)
        self._end = self._model.hf_tokenizer.token_to_id("<|endoftext|>")

    def time(self, samples: Samples, tokens: int, window_s: float) -> tuple[float, int]:
        began = time.perf_counter()
        segments, _ = self._model.transcribe(
            samples,
            language="en",
            beam_size=1,
            temperature=0.0,
            max_new_tokens=2 * tokens - _PROMPT,  # CTranslate2 ends at half of this and its prompt together
            suppress_tokens=[-1, self._end],
            without_timestamps=True,
            condition_on_previous_text=False,
            no_speech_threshold=None,
            log_prob_threshold=None,
            compression_ratio_threshold=None,
        )
        count = sum(len(segment.tokens) for segment in segments)
        return time.perf_counter() - began, count


class WhisperCpp:
    """whisper.cpp through pywhispercpp, float16 weights. It has no way to forbid the end of the text."""

    def __init__(self, checkpoint: str, official: str, threads: int, ggml: str) -> None:
        from pywhispercpp.model import Model

        self._model: Any = Model(
            ggml,
            redirect_whispercpp_logs_to=os.devnull,
            n_threads=threads,
            language="en",
            single_segment=True,
            no_timestamps=True,
            no_context=True,
            print_progress=False,
            temperature_inc=0.0,
        )

    def time(self, samples: Samples, tokens: int, window_s: float) -> tuple[float, int]:
        import _pywhispercpp as native

        began = time.perf_counter()
        self._model.transcribe(np.asarray(samples, np.float32), max_tokens=tokens - 1)
        seconds = time.perf_counter() - began
        return seconds, int(native.whisper_full_n_tokens(self._model._ctx, 0))
