"""A command of this folder that cannot go on says so in one line, and what to do about it."""


class Failure(Exception):
    """The message is the whole of what the person at the keyboard gets to read."""
