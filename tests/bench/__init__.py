"""Measurements beside yardsticks; all programs that they start keep compiled modules, as on everybody's own machine."""

import os

os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
