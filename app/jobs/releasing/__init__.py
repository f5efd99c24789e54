"""Releases: a dataset as it stood at a moment, written in parts; compared; written out in formats."""
