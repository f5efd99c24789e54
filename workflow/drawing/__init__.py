"""A workflow drawn: as a Mermaid text, and as an SVG. It must not know entries: counts are handed in."""
