"""The OpenSearch of the profile: a client as its owner or its reader, whose errors are those that jobs know."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from opensearchpy import OpenSearch, exceptions

from lake_layout.profile import profile
from spark_jobs.halt import Off

_BUSY = (408, 429, 502, 503, 504)


@contextmanager
def opened(*, reader: bool = False) -> Iterator[OpenSearch]:
    """A client of a search that is on.

    Raises Off: the profile names none. Raises ConnectionError: it does not answer, or has too much to do. Raises
    PermissionError: it refuses the login.
    """
    here = profile().search
    if not here.url:
        line = f"LAKE_SEARCH__ENABLED=true in {profile().home / 'profile.env'}"
        raise Off(f"search is off: {line} and `lake up` start a node, LAKE_SEARCH__URL names one that runs")
    # What fails is raised; the log of the client would say it twice.
    logging.getLogger("opensearch").setLevel(logging.CRITICAL)
    user, password = (here.reader_user, here.reader_password) if reader else (here.user, here.password)
    client = OpenSearch(
        hosts=[here.url],
        http_auth=(user, password.get_secret_value()),
        ca_certs=here.ca_file or None,
        timeout=profile().timeouts.sql_statement,
        max_retries=0,
    )
    try:
        yield client
    except exceptions.ConnectionError as error:
        raise ConnectionError(f"the search at {here.url} does not answer: {error}") from error
    except exceptions.TransportError as error:
        if error.status_code in _BUSY:
            raise ConnectionError(f"the search at {here.url} has too much to do: {error}") from error
        if error.status_code == 401 or error.error == "security_exception":
            raise PermissionError(f"the search at {here.url} does not let {user} do this: {error}") from error
        raise
    finally:
        client.close()
