"""ClickHouse errors: their text, their code, and the HTTP status ClickHouse gives them."""

import re

SYNTAX_ERROR, NOT_IMPLEMENTED, READONLY = 62, 48, 164
REQUIRED_PASSWORD, SESSION_NOT_FOUND, SESSION_IS_LOCKED, ACCESS_DENIED, AUTHENTICATION_FAILED = 194, 372, 373, 497, 516
BAD_REQUEST_PARAMETER, CANNOT_DECOMPRESS, QUERY_IS_TOO_LARGE = 36, 354, 202

_NAMES = {
    BAD_REQUEST_PARAMETER: "BAD_ARGUMENTS",
    NOT_IMPLEMENTED: "NOT_IMPLEMENTED",
    SYNTAX_ERROR: "SYNTAX_ERROR",
    REQUIRED_PASSWORD: "REQUIRED_PASSWORD",
    READONLY: "READONLY",
    QUERY_IS_TOO_LARGE: "QUERY_IS_TOO_LARGE",
    CANNOT_DECOMPRESS: "CANNOT_DECOMPRESS",
    SESSION_NOT_FOUND: "SESSION_NOT_FOUND",
    SESSION_IS_LOCKED: "SESSION_IS_LOCKED",
    ACCESS_DENIED: "ACCESS_DENIED",
    AUTHENTICATION_FAILED: "AUTHENTICATION_FAILED",
}
_STATUS_BY_CODE = {
    **dict.fromkeys((192, 193, ACCESS_DENIED, AUTHENTICATION_FAILED), 403),
    **dict.fromkeys((6, 26, 27, 36, 38, 41, 43, 53, 62, 70, 72, 117, 130, 131, 164, 354, 456), 400),
    **dict.fromkeys((16, 46, 47, 50, 56, 60, 63, 73, 81, 115, SESSION_NOT_FOUND), 404),
    159: 408,
    QUERY_IS_TOO_LARGE: 413,
    REQUIRED_PASSWORD: 401,
    NOT_IMPLEMENTED: 501,
}
_NAME = re.compile(r"\([A-Z_]+\)$")
_CODE = re.compile(r"Code: (\d+)\. DB::")


ENGINE_ERRORS = (RuntimeError, UnicodeDecodeError)


class ClickHouseError(Exception):
    """An answer that is an error: `code` is ClickHouse's number, the text starts with `Code: …`."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(f"Code: {code}. DB::Exception: {message} ({_NAMES.get(code, 'UNKNOWN_EXCEPTION')})")
        self.code = code

    @classmethod
    def from_engine(cls, error: Exception) -> "ClickHouseError":
        """What chDB raised, without the words that its Python layers put in front."""
        text = str(error)
        for failure in (error, error.__cause__):
            # An error text that is no UTF-8 comes as the failure to decode it.
            if isinstance(failure, UnicodeDecodeError):
                text = failure.object.decode(errors="surrogateescape")
        match = _CODE.search(text)
        known = cls(1002, text)
        if match:
            known.code = int(match.group(1))
            known.args = (text[match.start() :].strip(),)
        return known

    def without(self, tail: str) -> "ClickHouseError":
        """The same error, its text cut before `tail`, ClickHouse's name of the error kept."""
        text, cut, _ = str(self).partition(tail)
        if cut:
            name = _NAME.search(str(self))
            self.args = (f"{text.rstrip()} {name.group() if name else ''}".rstrip(),)
        return self

    @property
    def status(self) -> int:
        return _STATUS_BY_CODE.get(self.code, 500)
