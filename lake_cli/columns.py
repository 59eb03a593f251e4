"""Tables of text and numbers on a screen, and how counts and sizes are written."""

from collections.abc import Iterable, Sequence

from lake_cli.quarantine_screen import escaped
from lake_cli.screen import out


def table(names: Iterable[str], rows: Sequence[Sequence[str]], left: int) -> None:
    """A table whose first columns are text and whose others are numbers; a column that tells nothing is left out."""
    from rich.table import Table
    from rich.text import Text

    shown = Table(box=None, padding=(0, 1, 0, 0))
    columns = [(name, [row[number] for row in rows]) for number, name in enumerate(names)]
    told = [(number, name, cells) for number, (name, cells) in enumerate(columns) if set(cells) - {"", "-"}]
    for number, name, _ in told:
        shown.add_column(name, justify="left" if number < left else "right", overflow="fold")
    for row in zip(*(cells for _, _, cells in told), strict=True):
        shown.add_row(*(Text(escaped(cell)) for cell in row))
    out.print(shown)


def count(value: int | None) -> str:
    """`1,234`, and `-` for what is not known."""
    return "-" if value is None else f"{value:,}"


def size(of: int | None) -> str:
    """In the unit that gives three digits."""
    if of is None:
        return ""
    amount, unit = float(of), "B"
    for larger in ("kB", "MB", "GB", "TB"):
        if amount < 1000:
            break
        amount, unit = amount / 1000, larger
    return f"{amount:.3g} {unit}" if unit != "B" else f"{of} B"
