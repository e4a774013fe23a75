"""Answers aloud: voices, playback, and the guard against our own echo."""
