"""What must stop a job and not be tried again: a person has to look first."""


class Halt(Exception):
    """The message says what is wrong and what to do; the command line exits with code 3."""
