"""Everything that turns the reference into a course and judges the answers."""
