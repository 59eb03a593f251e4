"""Points the profile at servers or folders of tests for a while."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import pytest

from lake_layout.profile import profile


@contextmanager
def using(environment: Mapping[str, str]) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        profile.cache_clear()
        yield
    profile.cache_clear()
