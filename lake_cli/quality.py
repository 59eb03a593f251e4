"""`lake contracts check | generate`: contracts and rules are sound, and nothing made from them is stale."""

import typer

from lake_cli.screen import err, out


def register(app: typer.Typer) -> None:
    contracts = typer.Typer(help="Contracts, rules and what is made from them.", no_args_is_help=True)
    contracts.command()(check)
    contracts.command()(generate)
    app.add_typer(contracts, name="contracts")


def _broken() -> list[str]:
    """What is wrong with contracts and rule files, in words; empty if all is well."""
    from expectations.rules import InvalidRule, read_rules, rule_path
    from lake_layout.contracts import contracts
    from lake_layout.profile import profile

    wrong = []
    for of in contracts().values():
        try:
            read_rules(rule_path(of.address), of)
        except InvalidRule as error:
            wrong.append(str(error))
    for path in sorted(profile().rules.glob("*/*.yml")):
        if f"{path.parent.name}/{path.stem}" not in contracts():
            wrong.append(f"{path} has no contract")
    return wrong


def check() -> None:
    """Read every contract and rule file; say which generated files are stale."""
    from lake_layout import generate as files
    from lake_layout.contracts import contracts

    wrong = _broken() + [f"{path} is stale: run `lake contracts generate`" for path in files.stale()]
    for line in wrong:
        err.print(line, markup=False)
    if wrong:
        raise typer.Exit(1)
    out.print(f"{len(contracts())} contracts, their rules and {len(files.generated())} generated files are in order")


def generate() -> None:
    """Write the generated files that are stale: dbt sources and docs, Avro schemas, the catalogue page."""
    from lake_layout import generate as files

    for path in files.write():
        out.print(f"wrote {path}")
