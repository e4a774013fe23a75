"""From frames to an utterance: wake word, voice activity, end of utterance, push-to-talk."""
