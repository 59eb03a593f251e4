"""What an error says to the person who typed a command: an exception → a few lines with what to do."""

import errno

from lake_layout.profile import home


def words_of(error: BaseException) -> str:
    """The error in words, and what was noted on its way up."""
    return "\n".join([_words(error), *getattr(error, "__notes__", [])])


def _words(error: BaseException) -> str:
    from pydantic import ValidationError

    if isinstance(error, ValidationError) and error.title == "Profile":
        return _wrong_settings(error)
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return f"The disk is full. Free some space ({home()} lies on it, or the temporary folder), then try again."
    return str(error) or type(error).__name__


def _wrong_settings(error: object) -> str:
    """Without the value: it may be a password."""
    from pydantic import ValidationError

    assert isinstance(error, ValidationError)
    lines = [
        f"LAKE_{'__'.join(str(part).upper() for part in wrong['loc'])} has a value that cannot be: {wrong['msg']}."
        for wrong in error.errors(include_input=False)
    ]
    where = f"It stands in the environment or in {home() / 'profile.env'}: put it right, or delete its line there."
    return "\n".join([*lines, where])
