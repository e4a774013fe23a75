"""Checking how something was said: `check.assess`, its `report`, and what both stand on."""
