"""Typing on an X server."""
