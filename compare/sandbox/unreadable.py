"""What cannot be a submission at all."""


class Unreadable(Exception):
    """What cannot be a submission; the message says what, where and why."""
