"""From an utterance to a transcript: Whisper and the model store."""
