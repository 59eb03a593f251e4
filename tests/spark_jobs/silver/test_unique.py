"""A source that reaches silver as it is: of each key the row that landed first."""

from lake_layout.contracts import Zone, contract
from spark_jobs.silver import unique

PRICES = contract("market/daily_prices")
ONE_INSTANT = "2025-03-25 06:00:00"


def price(file: str, line: int, day: int, close: str) -> dict:
    position = {"_origin": file, "_offset": line, "_logged_at": ONE_INSTANT}
    return {"symbol": "RUN", "trading_date": f"2025-03-{day}", "close_price": close, **position}


def kept(table, values, *rows: dict) -> list[tuple]:
    return values(unique.transform(table(PRICES.address, Zone.BRONZE, rows), PRICES), "trading_date", "close_price")


def test_of_two_files_that_land_together_with_the_same_rows_one_counts(table, values):
    rows = [price(file, line, 20 + line, "1.0000") for file in ("a", "b") for line in (1, 2, 3)]
    assert [row[0] for row in kept(table, values, *rows)] == ["2025-03-21", "2025-03-22", "2025-03-23"]


def test_a_row_is_not_lost_to_the_same_line_of_another_file(table, values):
    rows = (price("a", 1, 21, "1.0000"), price("a", 2, 22, "2.0000"), price("b", 2, 21, "9.0000"))
    assert kept(table, values, *rows) == [("2025-03-21", "1.0000"), ("2025-03-22", "2.0000")]
