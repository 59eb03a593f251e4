"""What tests of jobs share: small tables, and rules that change while a test runs."""

from built_tables import land, rows_of, silver  # noqa: F401 (fixtures)
from quarantined import asks  # noqa: F401 (fixture)
from small_tables import devices, metrics, table, users, values  # noqa: F401 (fixtures)
