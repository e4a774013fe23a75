"""AI Hear Voice: an offline voice assistant and dictation agent."""

__version__ = "0.1.0"
