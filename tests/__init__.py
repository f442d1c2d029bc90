"""Tests of the reference, of the course tools, of the documentation and of the architecture."""
