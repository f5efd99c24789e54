"""Backups, restores and moves: the whole database and its files as one archive, whichever database it is."""
