"""Column types of the contracts in the words of each warehouse: Spark SQL type → ClickHouse, Postgres."""

import re

_CLICKHOUSE = {
    "string": "String",
    "binary": "String",
    "boolean": "Bool",
    "int": "Int32",
    "bigint": "Int64",
    "double": "Float64",
    "date": "Date32",
    "timestamp": "DateTime64(6, 'UTC')",
}
_POSTGRES = {
    "string": "text",
    "binary": "bytea",
    "boolean": "boolean",
    "int": "integer",
    "bigint": "bigint",
    "double": "double precision",
    "date": "date",
    "timestamp": "timestamp with time zone",
}
_DECIMAL = re.compile(r"decimal\((\d+),\s*(\d+)\)")


def clickhouse(spark_type: str) -> str:
    """The type as ClickHouse reads it from Delta: scalars are nullable, arrays and structs are not.

    Raises ValueError: a type that no contract has used so far.
    """
    if spark_type.startswith("array<"):
        return f"Array({clickhouse(_inside(spark_type))})"
    if spark_type.startswith("struct<"):
        fields = [field.split(":", 1) for field in _split(_inside(spark_type))]
        return f"Tuple({', '.join(f'{name.strip()} {clickhouse(type_.strip())}' for name, type_ in fields)})"
    if decimal := _DECIMAL.fullmatch(spark_type):
        return f"Nullable(Decimal({decimal[1]}, {decimal[2]}))"
    if spark_type in _CLICKHOUSE:
        return f"Nullable({_CLICKHOUSE[spark_type]})"
    raise ValueError(f"no ClickHouse type is known for {spark_type}")


def postgres(spark_type: str) -> str:
    """The type of a scalar in Postgres.

    Raises ValueError: a nested type; what goes to Postgres is flat.
    """
    if decimal := _DECIMAL.fullmatch(spark_type):
        return f"numeric({decimal[1]},{decimal[2]})"
    if spark_type in _POSTGRES:
        return _POSTGRES[spark_type]
    raise ValueError(f"no Postgres type is known for {spark_type}")


def _inside(nested: str) -> str:
    return nested[nested.index("<") + 1 : -1]


def _split(fields: str) -> list[str]:
    """Split at the commas outside of any brackets."""
    parts, depth = [""], 0
    for character in fields:
        depth += (character in "<(") - (character in ">)")
        if character == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += character
    return parts
