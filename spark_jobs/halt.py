"""What ends a job before its work is done, and is not tried again."""


class Halt(Exception):
    """A person has to look first. The message says what is wrong and what to do; the command line exits with code 3."""


class Off(Exception):
    """What the job is for is switched off. The message says how to switch it on; the exit code is 99."""
