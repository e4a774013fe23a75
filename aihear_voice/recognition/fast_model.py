"""The same weights in eight-bit numbers, without torch. Fulfils model.Model. Only for the worker process.

CTranslate2 encodes, searches with beams, writes time stamps and aligns words. What a request waits for, the likeliest
text without time stamps, comes from TextDecoder, which is faster.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import ModelError
from ..types import SAMPLE_RATE, Word
from . import conversion, processor, sound, words
from .mel import log_mel
from .model import GREEDY, Attempt, Decoded, Heard, Options, most_tokens, prepared
from .tokens import Tokens, for_vocabulary

if TYPE_CHECKING:
    from ..types import Samples
    from .text_decoder import Caches, TextDecoder

_BEAMS = 5
_FIRST_STAMP = 50  # of 20 ms: the first time stamp is no later than 1 s


@dataclass(slots=True)
class _Features:
    """The encoder's output: CTranslate2's, and what TextDecoder makes of it at its first use."""

    view: Any
    memory: Caches | None = None


class FastModel:
    def __init__(self, options: Options) -> None:
        self._options = options
        self._network: Any = None
        self._decoder: TextDecoder | None = None
        self._manifest = conversion.read(options.converted)
        self._dims = self._manifest.dims
        self.device = options.device

    @property
    def tokens(self) -> Tokens:
        return for_vocabulary(self._dims["n_vocab"])

    def use_processor(self) -> None:
        self.device = "cpu"
        self._network = self._decoder = None

    def encode(self, samples: Samples, reference: float, shortest_s: float) -> Heard:
        network = self._loaded()
        padded, lead, length = prepared(samples, reference, shortest_s, self._dims["n_audio_ctx"])
        features = network.encode(_view(log_mel(padded, length, self._dims["n_mels"])[None]))
        duration = len(samples) / SAMPLE_RATE
        return Heard(_Features(features), None, lead, duration, sound.voiced_span(samples), length / SAMPLE_RATE)

    def language_probabilities(self, heard: Heard) -> Mapping[str, float]:
        ranked = self._loaded().detect_language(heard.features.view)[0]
        return {token.strip("<|>"): probability for token, probability in ranked}

    def decode(
        self, heard: Heard, language: str, attempt: Attempt, task: str, timestamps: bool, exactly: int = 0
    ) -> Decoded:
        prompt = self._prompt(language, task, timestamps)
        most = exactly or most_tokens(heard.duration, self._dims["n_text_ctx"], len(prompt))
        self._loaded()
        if self._decoder is not None and attempt == GREEDY and not timestamps:
            return self._likeliest(self._decoder, heard.features, language, prompt, most, endless=bool(exactly))
        return self._searched(heard.features, language, prompt, most, attempt, endless=bool(exactly))

    def _likeliest(
        self, decoder: TextDecoder, features: _Features, language: str, prompt: list[int], most: int, endless: bool
    ) -> Decoded:
        coder = self.tokens
        if features.memory is None:
            features.memory = decoder.memory(np.asarray(features.view))
        found = decoder.likeliest(features.memory, prompt, most, endless)
        return Decoded(
            text=coder.decode(found.tokens).strip(),
            language=language,
            tokens=found.tokens,
            avg_logprob=found.logprob / (len(found.tokens) + 1),
            no_speech_prob=found.no_speech,
            temperature=0.0,
            finished=found.finished,
        )

    def _searched(
        self, features: _Features, language: str, prompt: list[int], most: int, attempt: Attempt, endless: bool
    ) -> Decoded:
        """A temperature makes repetitions dear, in a search: CTranslate2 cannot draw the same random numbers again."""
        coder = self.tokens
        result = self._loaded().generate(
            features.view,
            [prompt],
            beam_size=_BEAMS if attempt.temperature else attempt.beams,
            repetition_penalty=1.0 + attempt.temperature / 4,
            length_penalty=1.0,
            # CTranslate2 takes half of this, and no more than it less the prompt.
            max_length=max(2 * most, most + len(prompt)),
            max_initial_timestamp_index=_FIRST_STAMP,
            suppress_tokens=[-1, coder.eot] if endless else [-1],
            sampling_temperature=0,
            return_scores=True,
            return_no_speech_prob=True,
        )[0]
        tokens = result.sequences_ids[0]
        return Decoded(
            text=coder.decode(tokens).strip(),
            language=language,
            tokens=tuple(tokens),
            # The end of text counts as a token, as in openai-whisper.
            avg_logprob=result.scores[0] * len(tokens) / (len(tokens) + 1),
            no_speech_prob=result.no_speech_prob,
            temperature=attempt.temperature,
            finished=len(tokens) < most,
        )

    def align(self, heard: Heard, tokens: Sequence[int], language: str) -> list[Word]:
        if not tokens:
            return []
        frames = round((heard.lead + heard.duration) * 100)
        start = self.tokens.start(language, "transcribe")
        found = self._loaded().align(heard.features.view, start, [list(tokens)], frames)[0]
        return words.from_path(found.alignments, found.text_token_probs, tokens, self.tokens, language)

    def _prompt(self, language: str, task: str, timestamps: bool) -> list[int]:
        coder = self.tokens
        start = coder.start(language, task) + ([] if timestamps else [coder.no_timestamps])
        if not self._options.prompt:
            return start
        said = coder.encode(" " + self._options.prompt.strip())
        return [coder.sot_prev, *said[-(self._dims["n_text_ctx"] // 2 - 1) :], *start]

    def _loaded(self) -> Any:
        if self._network is None:
            _set_up_libraries()
            import ctranslate2

            if self.device == "auto":
                self.device = "cuda" if ctranslate2.get_cuda_device_count() else "cpu"
            numbers = "float16" if self.device == "cuda" else self._manifest.processor_numbers
            try:
                self._network = ctranslate2.models.Whisper(
                    self._options.converted,
                    device=self.device,
                    compute_type=numbers,
                    intra_threads=self._options.processors,
                )
                self._decoder = self._own_decoder()
            except RuntimeError as error:
                if self.device == "cuda":  # whoever called tries the processor
                    raise
                raise ModelError(f"the prepared model cannot be read: {error}", "converted_broken") from error
        return self._network

    def _own_decoder(self) -> TextDecoder | None:
        if self.device != "cpu" or not self._manifest.steps:
            return None
        from .text_decoder import TextDecoder

        folder, heads = Path(self._options.converted), self._dims["n_text_head"]
        return TextDecoder(folder, self.tokens, heads, self._options.processors)


def _set_up_libraries() -> None:
    """Before CTranslate2 is loaded, which reads these then.

    It leaves AMD's AVX-512 unused; with it the encoder takes 17 % less time (base, 4 s, on Zen 5). And oneDNN under it
    keeps what it has made for each length of sound, up to a thousand: 140 MB after 240 utterances of a few seconds.
    """
    if processor.has_avx512():
        os.environ.setdefault("CT2_FORCE_CPU_ISA", "AVX512")
    os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "4")


def _view(values: Any) -> Any:
    import ctranslate2

    return ctranslate2.StorageView.from_array(np.ascontiguousarray(values))
