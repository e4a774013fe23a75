"""Typing in a Wayland session."""
