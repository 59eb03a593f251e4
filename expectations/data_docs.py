"""A batch of a table → Great Expectations suite → a page of Data Docs, and which rules are broken.

A second judge of what the gate has judged, apart from the runs. `<home>/great_expectations` keeps the newest results,
`<home>/data_docs` is the site made from them; both can be deleted at any time. Suites live in memory, so no killed run
can leave a broken one behind.
"""

import logging
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
from expectations.gate import NotEvaluated
from expectations.page_view import VIEW
from expectations.promises import gate_rules
from expectations.vocabulary import Unique
from lake_layout import tables
from lake_layout.contracts import Contract, Zone, contracts
from lake_layout.profile import profile

KEPT_RESULTS = 200
_VERDICT = {"result_format": "BOOLEAN_ONLY"}
_COUNTS = {"result_format": "SUMMARY", "partial_unexpected_count": 0}
_SITE = "lake"


class DataDocs:
    """One run of Great Expectations over tables, and the pages it makes."""

    def __init__(self) -> None:
        self.run_id = RunIdentifier(run_name="data_docs", run_time=datetime.now(UTC))
        self._suites: dict[str, gx.ExpectationSuite] = {}
        self._context = _open_context()
        self._context_lock = Lock()

    def validate(self, of: Contract, zone: Zone, batch: DataFrame) -> set[str]:
        """Hold the rows of one batch (accepted and rejected) against the suite of its table; the rules they break.

        Several tables can be validated side by side. Raises NotEvaluated if any expectation raised or gave no result.
        """
        with self._context_lock:
            definition = self._definition(self._suite(of, zone))
        frame = _hashed(of, zone, batch)
        # Counts cost a query for each rule, and are asked for only where one is broken.
        for result_format in (_VERDICT, _COUNTS):
            result = definition.run(
                batch_parameters={"dataframe": frame}, result_format=result_format, run_id=self.run_id
            )
            if result.success:
                break
        _require_whole(of, zone, result)
        return {_name(one) for one in result.results if not one.success}

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
        new = [one for one in kept if isinstance(one, ValidationResultIdentifier) and one.run_id == self.run_id]
        # Either kind of page may be named here, though its annotation wants one kind at a time.
        pages: list[Any] = [*new, *(one.expectation_suite_identifier for one in new)]
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
        "site_index_builder": {"class_name": "DefaultSiteIndexBuilder", "view": VIEW},
        "site_section_builders": {name: {"view": VIEW} for name in ("expectations", "validations")},
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


def _hashed(of: Contract, zone: Zone, batch: DataFrame) -> DataFrame:
    """Only the columns that the suite reads, and a hash of what shall be unique."""
    asked = gate_rules(of, zone)
    status = ["_status"] if tables.has_status(of, zone) else []
    read = dict.fromkeys([*status, *(column for rule in asked for column in rule.kwargs.columns())])
    unique = ((rule, rule.kwargs.column_list) for rule in asked if isinstance(rule.kwargs, Unique))
    return batch.select(*read, *(F.xxhash64(*columns).alias(suites.hash_name(rule)) for rule, columns in unique))


def _name(one: ExpectationValidationResult) -> str:
    configuration = one.expectation_config
    return str(configuration.meta["rule"]) if configuration and configuration.meta else ""


def _require_whole(of: Contract, zone: Zone, result: ExpectationSuiteValidationResult) -> None:
    answered = {_name(one) for one in result.results}
    words = [f"{rule.rule} gave no result" for rule in gate_rules(of, zone) if rule.rule not in answered]
    words += [f"{_name(one)}: {_exception(one)}" for one in result.results if _exception(one)]
    if words:
        raise NotEvaluated(f"{of.address} in {zone}: {'; '.join(words)}")


def _exception(one: ExpectationValidationResult) -> str:
    """The message of an exception; Great Expectations keeps one, or one for each metric."""
    info = one.exception_info or {}
    each = [info] if "raised_exception" in info else list(info.values())
    return "; ".join(str(e.get("exception_message")) for e in each if e.get("raised_exception"))
