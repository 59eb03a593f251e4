"""What sqlfluff puts in place of dbt's words for types: it reads the models without dbt and without a database."""


def type_string() -> str:
    return "varchar"


def type_int() -> str:
    return "int"


def type_bigint() -> str:
    return "bigint"


def type_timestamp() -> str:
    return "timestamp"


def type_boolean() -> str:
    return "boolean"


def type_float() -> str:
    return "float"


def date_trunc(part: str, of: str) -> str:
    return f"date_trunc('{part}', {of})"
