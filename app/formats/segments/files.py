"""Segments' release file, as a format among the others: written and read."""

from app.formats.segments.release_reading import read
from app.formats.segments.releases import write

__all__ = ["read", "write"]
