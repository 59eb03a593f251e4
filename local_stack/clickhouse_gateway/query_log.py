"""One log line for each statement, with whatever looks like a key or password in it hidden."""

import logging
import re

LOG = logging.getLogger("clickhouse_gateway")
_SHOWN_CHARACTERS = 200
_CALL_WITH_KEYS = re.compile(
    r"(?i)\b((?:deltalake|iceberg|hudi|paimon)\w*|s3\w*|gcs|oss|cosn|azure\w*|remote\w*|mysql|postgresql|mongodb|redis"
    r"|url\w*)\s*\(.*"
)
_LEADING_COMMENT = re.compile(r"\s*/\*.*?\*/", re.DOTALL)
_LITERAL = re.compile(r"'(?:[^'\\]|\\.|'')*(?:'|$)")
_NAMED_SECRET = re.compile(
    r"(?i)\b(\w*(?:password|secret|key|token)\w*\s*=\s*|identified\b[^']*?)'(?:[^'\\]|\\.|'')*'?"
)


def without_secrets(text: str) -> str:
    """The text on one line, without a leading comment (dbt's), keys and passwords hidden.

    After a call that takes keys, that is every literal but the first.
    """
    readable = text.encode(errors="backslashreplace").decode()
    line = " ".join(_LEADING_COMMENT.sub("", readable).split())
    line = _NAMED_SECRET.sub(r"\1'[HIDDEN]'", line)
    call = _CALL_WITH_KEYS.search(line)
    if call:
        literals = 0

        def hide(match: re.Match[str]) -> str:
            nonlocal literals
            literals += 1
            return match.group() if literals == 1 else "'[HIDDEN]'"

        line = line[: call.start()] + _LITERAL.sub(hide, line[call.start() :])
    return line


def log_statement(user: str, milliseconds: float, text: str, error: Exception | None = None) -> None:
    shown, user = without_secrets(text)[:_SHOWN_CHARACTERS], " ".join(user.split())
    if error:
        LOG.warning("%s %.0f ms FAILED %s | %s", user, milliseconds, shown, without_secrets(str(error))[:500])
    else:
        LOG.info("%s %.0f ms %s", user, milliseconds, shown)
