"""The datasets that these tests make up: their contracts and rules stand in folders beside the tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from quarantined import asks  # noqa: F401 (fixture)
from small_tables import devices, metrics, table, users, values  # noqa: F401 (fixtures)

from expectations import rules
from lake_layout import contracts
from lake_layout.profile import profile

_HERE = Path(__file__).parent


@pytest.fixture
def own_datasets(lake: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The lake has the datasets `tests/…` and no others."""
    for _ in use_own_datasets(monkeypatch):
        yield


def use_own_datasets(patch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """Point the profile at the tests' contracts and rules; gives the variables for other processes."""
    environment = {"LAKE_DATASETS": str(_HERE / "datasets"), "LAKE_RULES": str(_HERE / "rules")}
    for name, value in environment.items():
        patch.setenv(name, value)
    _forget()
    yield environment
    patch.undo()
    _forget()


def _forget() -> None:
    for cached in (profile, contracts.contracts, rules._rules):
        cached.cache_clear()
