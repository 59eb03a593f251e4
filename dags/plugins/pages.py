"""Pages of the lake in the Airflow UI, under *Browse*: what the DAG `docs` has written into folders of the home.

For whoever is logged in; a page that nobody has made yet says what makes it.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated

from airflow.api_fastapi.core_api.security import get_user
from airflow.plugins_manager import AirflowPlugin
from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi.staticfiles import StaticFiles
from starlette.responses import Response

from lake_layout.profile import profile

PREFIX = "/lake"
# Title → the page that opens first.
PAGES: Mapping[str, str] = MappingProxyType(
    {
        "Datasets": "catalogue/index.html",
        "Data Docs": "data_docs/index.html",
        "dbt docs (ClickHouse)": "dbt_docs/clickhouse.html",
        "dbt docs (Postgres)": "dbt_docs/postgres.html",
    }
)
FOLDERS = {page.partition("/")[0] for page in PAGES.values()}
app = FastAPI(title="Pages of the lake", openapi_url=None)


@app.get("/{folder}/{path:path}")
async def file(folder: str, path: str, request: Request, _user: Annotated[object, Depends(get_user)]) -> Response:
    """A file of a page, or of what the page links to."""
    place = profile().home / folder
    if folder not in FOLDERS or not place.exists():
        raise HTTPException(404, "nothing is here yet: `lake run docs` makes the pages")
    return await StaticFiles(directory=place).get_response(path, request.scope)


class Pages(AirflowPlugin):
    """What Airflow finds in this file."""

    name = "lake_pages"
    fastapi_apps = [{"app": app, "url_prefix": PREFIX, "name": name}]
    external_views = [
        {
            "name": title,
            "href": f"{PREFIX}/{page}",
            "destination": "nav",
            "category": "browse",
            "url_route": page.rpartition(".")[0].replace("/", "_"),
        }
        for title, page in PAGES.items()
    ]
