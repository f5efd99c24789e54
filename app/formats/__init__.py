"""Annotations as the files of other tools, written and read. It knows no database, no HTTP and no project."""
