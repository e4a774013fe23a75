"""Checking how something was said."""
