"""The failure of a command."""


class Failed(Exception):
    """A command could not do what it was asked; the message says what to do."""
