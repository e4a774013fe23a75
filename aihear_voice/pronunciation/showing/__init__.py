"""A verdict as text, JSON, a page and a picture."""
