"""Captions and their files."""
