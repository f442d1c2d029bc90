"""Judging answers that are hostile until proven otherwise: what is handed in, the box, what comes out of it, and the results."""
