from collections.abc import Iterator

import pytest

from aihear_voice import settings
from aihear_voice.ports import Recogniser


@pytest.fixture(scope="package")
def recogniser() -> Iterator[Recogniser]:
    from aihear_voice.recognition.recogniser import WhisperRecogniser

    made = WhisperRecogniser(settings.load(['recognition.languages=["en"]']).recognition)
    yield made
    made.close()
