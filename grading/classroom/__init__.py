"""A whole class: nbgrader, exports, reports, many machines. Imports no torch and no reference."""
