"""From a sentence to a match: normalisation, templates, router, policy."""
