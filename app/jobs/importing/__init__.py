"""Imports: what a manifest, a list, files or an archive name becomes entries. Bounded memory, resumable."""
