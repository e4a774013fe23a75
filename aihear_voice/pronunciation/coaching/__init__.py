"""The practice loop: what comes next, and what was practised."""
