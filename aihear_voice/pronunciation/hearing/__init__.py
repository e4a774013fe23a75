"""What was said: sound, pitch, and where each phone and word stands in it."""
