"""The gate: a new batch of a table → Great Expectations suite → findings, and a page of Data Docs.

`<home>/great_expectations` keeps the newest results, `<home>/data_docs` is the site made from them; both
can be deleted at any time. Suites live in memory, so no killed run can leave a broken one behind.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import Any

import great_expectations as gx
from great_expectations.core import (
    ExpectationSuiteValidationResult,
    ExpectationValidationResult,
    RunIdentifier,
)
from great_expectations.data_context import EphemeralDataContext
from great_expectations.data_context.types.base import (
    DataContextConfig,
    InMemoryStoreBackendDefaults,
    ProgressBarsConfig,
)
from great_expectations.data_context.types.resource_identifiers import ValidationResultIdentifier
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from expectations import suites
from expectations.row_rules import breaks
from expectations.rules import Rule
from expectations.vocabulary import RowCountBetween
from lake_layout import tables
from lake_layout.contracts import Contract, Zone, contracts
from lake_layout.profile import profile

KEPT_RESULTS = 200
# So few rejected rows are a matter for the quarantine, whatever their share of a quiet hour.
FEW_ROWS = 20
_EXAMPLES = 3
_VERDICT = {"result_format": "BOOLEAN_ONLY"}
_COUNTS = {"result_format": "SUMMARY", "partial_unexpected_count": 0}
_SITE = "lake"


@dataclass(frozen=True)
class Finding:
    """A broken rule: how many rows broke it, and a few of them."""

    rule: str
    action: str
    reason: str
    rows: int
    examples: tuple[str, ...] = ()

    def __str__(self) -> str:
        shown = f", for example {'; '.join(self.examples)}" if self.examples else ""
        return f"{self.rule}: {self.reason} ({self.rows:,} rows{shown})"


@dataclass(frozen=True)
class Outcome:
    """What the gate found in one batch of one table."""

    of: Contract
    zone: Zone
    findings: tuple[Finding, ...]

    @property
    def halting(self) -> list[Finding]:
        return [finding for finding in self.findings if finding.action == "halt"]


class NotEvaluated(RuntimeError):
    """Great Expectations did not evaluate every expectation, so its verdict does not count."""


class Gate:
    """One run of the gate over tables of one zone."""

    def __init__(self, zone: Zone) -> None:
        self.zone = zone
        self.run_id = RunIdentifier(run_name=f"gate {zone}", run_time=datetime.now(UTC))
        self._suites: dict[str, gx.ExpectationSuite] = {}
        self._context = _open_context()
        self._context_lock = Lock()

    def validate(self, of: Contract, batch: DataFrame) -> Outcome:
        """Hold the rows of one batch (accepted and rejected) against the suite of its table.

        Several tables can be validated side by side. Raises NotEvaluated if any expectation raised or gave no result.
        """
        with self._context_lock:
            definition = self._definition(self._suite(of, self.zone))
        frame = _keyed(of, self.zone, batch)
        # Counts cost a query for each rule, and are asked for only where one is broken.
        for result_format in (_VERDICT, _COUNTS):
            result = definition.run(
                batch_parameters={"dataframe": frame}, result_format=result_format, run_id=self.run_id
            )
            if result.success:
                break
        return judge(of, self.zone, frame, result)

    def _definition(self, suite: gx.ExpectationSuite) -> gx.ValidationDefinition:
        """A source of its own for each table, for an engine of Great Expectations has one batch at a time."""
        source = self._context.data_sources.add_spark(suite.name, persist=False)
        rows = source.add_dataframe_asset(suite.name).add_batch_definition_whole_dataframe("batch")
        return self._context.validation_definitions.add(
            gx.ValidationDefinition(name=suite.name, data=rows, suite=suite)
        )

    def publish(self) -> Path:
        """Bring the Data Docs up to date, with the newest results only; returns the page to open."""
        results = sorted(_results_folder().rglob("*.json"), key=_made)
        for old in results[:-KEPT_RESULTS]:
            old.unlink()
        kept = self._context.validation_results_store.list_keys()
        new = [key for key in kept if isinstance(key, ValidationResultIdentifier) and key.run_id == self.run_id]
        # Either kind of page may be named here, though its annotation wants one kind at a time.
        pages: list[Any] = [*new, *(key.expectation_suite_identifier for key in new)]
        if pages:
            # A page of a suite that the context does not know would be removed from the site.
            for of in contracts().values():
                for zone in set(of.zones) - {Zone.RAW}:
                    self._suite(of, zone)
            self._context.build_data_docs(site_names=[_SITE], resource_identifiers=pages)
        return profile().home / "data_docs" / "index.html"

    def _suite(self, of: Contract, zone: Zone) -> gx.ExpectationSuite:
        name = suites.suite_name(of, zone)
        if name not in self._suites:
            self._suites[name] = self._context.suites.add(suites.suite(of, zone))
        return self._suites[name]


def _results_folder() -> Path:
    return profile().home / "great_expectations" / "validations"


def _made(file: Path) -> float:
    return file.stat().st_mtime


def _open_context() -> EphemeralDataContext:
    """A context whose results and site are files; nothing is sent anywhere."""
    logging.getLogger("great_expectations").setLevel(logging.ERROR)
    site = {
        "class_name": "SiteBuilder",
        "show_how_to_buttons": False,
        "store_backend": _files(profile().home / "data_docs"),
        "site_index_builder": {"class_name": "DefaultSiteIndexBuilder"},
    }
    stores = InMemoryStoreBackendDefaults()
    results = {"class_name": "ValidationResultsStore", "store_backend": _files(_results_folder())}
    stores.stores[stores.validation_results_store_name] = results
    config = DataContextConfig(
        store_backend_defaults=stores,
        data_docs_sites={_SITE: site},
        analytics_enabled=False,
        progress_bars=ProgressBarsConfig(globally=False),
    )
    return gx.get_context(mode="ephemeral", project_config=config)


def _files(folder: Path) -> dict[str, str]:
    folder.mkdir(parents=True, exist_ok=True)
    return {"class_name": "TupleFilesystemStoreBackend", "base_directory": str(folder)}


def _keyed(of: Contract, zone: Zone, batch: DataFrame) -> DataFrame:
    """Only the columns that the suite reads, and a hash of the key."""
    read = (column for rule in suites.gate_rules(of, zone) for column in rule.kwargs.columns())
    keys = suites.key(of, zone)
    status = ["_status"] if tables.has_status(of, zone) else []
    return batch.select(*dict.fromkeys([*status, *keys, *read]), F.xxhash64(*keys).alias(suites.KEY))


def judge(of: Contract, zone: Zone, frame: DataFrame, result: ExpectationSuiteValidationResult) -> Outcome:
    """Findings of a result that is whole; rows are looked up only for what is broken."""
    rules = {rule.rule: rule for rule in suites.gate_rules(of, zone)}
    _require_whole(of, zone, rules, result)
    broken = [one for one in result.results if not one.success]
    return Outcome(of, zone, tuple(_finding(of, zone, frame, rules[_name(one)], one) for one in broken))


def _name(one: ExpectationValidationResult) -> str:
    configuration = one.expectation_config
    return str(configuration.meta["rule"]) if configuration and configuration.meta else ""


def _require_whole(of: Contract, zone: Zone, rules: Mapping[str, Rule], result: Any) -> None:
    answered = {_name(one) for one in result.results}
    words = [f"{name} gave no result" for name in rules if name not in answered]
    words += [f"{_name(one)}: {_exception(one)}" for one in result.results if _exception(one)]
    if words:
        raise NotEvaluated(f"{of.address} in {zone}: {'; '.join(words)}")


def _exception(one: ExpectationValidationResult) -> str:
    """The message of an exception; Great Expectations keeps one, or one for each metric."""
    info = one.exception_info or {}
    each = [info] if "raised_exception" in info else list(info.values())
    return "; ".join(str(e.get("exception_message")) for e in each if e.get("raised_exception"))


def _finding(of: Contract, zone: Zone, frame: DataFrame, rule: Rule, one: ExpectationValidationResult) -> Finding:
    count = int(one.result.get("unexpected_count", one.result.get("observed_value", 0)))
    rows = _broken_rows(of, zone, frame, rule)
    if rows is None:
        return Finding(rule.rule, rule.action, rule.reason, count)
    shown = tuple(
        ", ".join(f"{name}={value}" for name, value in row.asDict().items()) for row in rows.limit(_EXAMPLES).collect()
    )
    few = rule.rule == suites.ACCEPTED_SHARE and count < FEW_ROWS
    return Finding(rule.rule, "warn" if few else rule.action, rule.reason, count, shown)


def _broken_rows(of: Contract, zone: Zone, frame: DataFrame, rule: Rule) -> DataFrame | None:
    """The rows, or repeated keys, that break a rule; None for a rule about the number of rows."""
    keys = suites.key(of, zone)
    wanted = F.col("_status") == tables.ACCEPTED if tables.has_status(of, zone) else F.lit(True)
    if rule.rule == suites.ACCEPTED_SHARE:
        return frame.where(~wanted).select(*keys)
    if rule.rule == suites.KEYS_ARE_UNIQUE:
        return frame.where(wanted).groupBy(*keys).count().where("count > 1")
    if isinstance(rule.kwargs, RowCountBetween):
        return None
    # Examples go into logs: the key tells which row, personal values stay in the lake.
    personal = {column.name for column in of.columns if column.pii}
    shown = (name for name in rule.kwargs.columns() if name not in personal)
    return frame.where(wanted & breaks(rule.kwargs)).select(*dict.fromkeys([*keys, *shown]))
