"""openai-whisper on torch: the reference. Fulfils model.Model. Only for the worker process."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..types import SAMPLE_RATE, Word
from . import alignment, checkpoints, sound, words
from .assets import literal
from .model import POSITION, Attempt, Decoded, Heard, Options, most_tokens, prepared
from .tokens import Tokens, for_vocabulary

if TYPE_CHECKING:
    from ..types import Samples

_FIRST_STAMP_S = 1.0  # the first time stamp is no later
_STAMP_S = 0.02


class WhisperModel:
    def __init__(self, options: Options) -> None:
        self._options = options
        self._whisper: Any = None
        self._positions: Any = None
        self.device = options.device

    @property
    def tokens(self) -> Tokens:
        return for_vocabulary(self._loaded().dims.n_vocab)

    def use_processor(self) -> None:
        self.device = "cpu"
        self._whisper = None

    def encode(self, samples: Samples, reference: float, shortest_s: float) -> Heard:
        import torch
        import whisper

        model = self._loaded()
        padded, lead, length = prepared(samples, reference, shortest_s, len(self._positions))
        self._see(length // POSITION)
        mel = whisper.log_mel_spectrogram(whisper.pad_or_trim(padded, length), model.dims.n_mels)
        mel = mel.to(model.device, torch.float16 if self._half else torch.float32)
        with torch.no_grad():
            features = model.encoder(mel[None])[0]
        duration = len(samples) / SAMPLE_RATE
        return Heard(features, mel, lead, duration, sound.voiced_span(samples), length / SAMPLE_RATE)

    def language_probabilities(self, heard: Heard) -> Mapping[str, float]:
        model = self._loaded()
        self._see(len(heard.features))
        _, probabilities = model.detect_language(heard.features)
        found: Mapping[str, float] = probabilities
        return found

    def decode(
        self, heard: Heard, language: str, attempt: Attempt, task: str, timestamps: bool, exactly: int = 0
    ) -> Decoded:
        import torch
        import whisper

        model = self._loaded()
        self._see(len(heard.features))
        count = exactly or most_tokens(heard.duration, model.dims.n_text_ctx, 0)
        options = whisper.DecodingOptions(
            task=task,
            language=language,
            temperature=attempt.temperature,
            beam_size=attempt.beams if attempt.beams > 1 else None,
            sample_len=count,
            prompt=self._options.prompt or None,
            suppress_tokens=f"-1,{self.tokens.eot}" if exactly else "-1",
            without_timestamps=not timestamps,
            # Whisper counts in positions of 30 s / n_audio_ctx, but a time stamp is 20 ms in a short window too.
            max_initial_timestamp=_FIRST_STAMP_S * whisper.audio.CHUNK_LENGTH / _STAMP_S / model.dims.n_audio_ctx,
            fp16=self._half,
        )
        torch.manual_seed(0)  # sampling included, the same sound gives the same text
        result = whisper.decode(model, heard.features, options)
        return Decoded(
            text=self.tokens.decode(result.tokens).strip(),
            language=result.language,
            tokens=tuple(result.tokens),
            avg_logprob=result.avg_logprob,
            no_speech_prob=result.no_speech_prob,
            temperature=attempt.temperature,
            finished=len(result.tokens) < count,
        )

    def align(self, heard: Heard, tokens: Sequence[int], language: str) -> list[Word]:
        import whisper.timing
        from whisper.tokenizer import get_tokenizer

        model = self._loaded()
        self._see(len(heard.features))
        whisper.timing.dtw_cpu = alignment.dtw
        frames = round((heard.lead + heard.duration) * 100)
        coder = get_tokenizer(model.is_multilingual, num_languages=model.num_languages, language=language)
        found = whisper.timing.find_alignment(model, coder, list(tokens), heard.mel, frames)
        aligned = [Word(word.word, float(word.start), float(word.end), float(word.probability)) for word in found]
        return words.merged(words.shortened(aligned))

    def _loaded(self) -> Any:
        if self._whisper is None:
            import torch

            torch.set_num_threads(self._options.processors)
            model = checkpoints.build(self._options.checkpoint)
            if self._options.official:
                model.set_alignment_heads(literal("__init__.py", "_ALIGNMENT_HEADS")[self._options.official])
            self._whisper = model.to(_device(self.device))
            self._positions = self._whisper.encoder.positional_embedding
            self.device = self._whisper.device.type
        return self._whisper

    def _see(self, positions: int) -> None:
        """The encoder takes so many from now on: openai-whisper holds its window in the model."""
        model = self._loaded()
        model.encoder.positional_embedding = self._positions[:positions]
        model.dims.n_audio_ctx = positions

    @property
    def _half(self) -> bool:
        return self.device != "cpu"


def _device(wanted: str) -> str:
    import torch

    if wanted == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    return wanted
