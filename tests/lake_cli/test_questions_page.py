"""The page of questions: every statement has its answer, and renewing the answers changes nothing else."""

from datetime import UTC, datetime
from decimal import Decimal

from lake_cli.questions import MOST_ROWS, Question, answered, read, table
from lake_cli.reader import Answer
from lake_layout.profile import REPOSITORY

PAGE = (REPOSITORY / "docs" / "guides" / "questions.md").read_text()
SMALL = """# Questions

## ClickHouse

How many?

```sql
select count() as days
from marts.dim_dates
```

| days |
| ---: |
| 1 |

How long?

```sql
select 1 as metres
```

## Postgres

How often?

```sql
select 2 as times
```
"""


def test_every_statement_of_the_page_is_a_question_with_its_answer() -> None:
    found = read(PAGE)
    assert len(found) == PAGE.count("```sql")
    assert [one.words for one in found if not one.answer] == []
    assert {
        warehouse: sum(one.warehouse == warehouse for one in found) for warehouse in ("clickhouse", "postgres")
    } == {
        "clickhouse": PAGE.partition("## Postgres")[0].count("```sql"),
        "postgres": PAGE.partition("## Postgres")[2].count("```sql"),
    }


def test_a_statement_is_asked_where_it_stands() -> None:
    assert read(SMALL) == [
        Question(
            "clickhouse", "How many?", "select count() as days\nfrom marts.dim_dates\n", "| days |\n| ---: |\n| 1 |\n"
        ),
        Question("clickhouse", "How long?", "select 1 as metres\n", ""),
        Question("postgres", "How often?", "select 2 as times\n", ""),
    ]


def test_answers_are_put_in_place_of_the_old_ones_and_nothing_else_changes() -> None:
    once = answered(SMALL, lambda of: Answer((of.words,), [(7,)]))
    assert [one.answer for one in read(once)] == [
        f"| {words} |\n| ---: |\n| 7 |\n" for words in ("How many?", "How long?", "How often?")
    ]
    assert answered(once, lambda of: Answer((of.words,), [(7,)])) == once
    assert [line for line in once.splitlines() if line and not line.startswith("|")] == [
        line for line in SMALL.splitlines() if line and not line.startswith("|")
    ]


def test_a_table_tells_numbers_and_words_apart_and_how_much_more_there_is() -> None:
    names = ("city", "steps", "share", "is_far", "published_at", "seen_at")
    row = ("a|b", Decimal("1.50"), 8560.0, True, datetime.now(UTC), datetime(2025, 3, 24, 7, 5))
    told = table(Answer(names, [row, (None,) * 6, *[row] * MOST_ROWS])).splitlines()
    assert told[:4] == [
        "| city | steps | share | is_far | published_at | seen_at |",
        "| --- | ---: | ---: | --- | --- | --- |",
        "| a\\|b | 1.50 | 8560 | True | … | 2025-03-24 07:05:00 |",
        "|  |  |  |  |  |  |",
    ]
    assert told[-1] == "| … 2 more |  |  |  |  |  |"
    assert len(told) == 2 + MOST_ROWS + 1
