"""What the method without an English acoustic model adds: plausible sounds, and tones."""
