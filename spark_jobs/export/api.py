"""Exports over HTTP, for partners with a key: which there are, what they hold, their files. It reads and does no more.

`Authorization: Bearer <key>`. A partner sees the exports that were made for it, if they are finished, and none with
personal columns as they are. Alone: `lake api serve`.
"""

from collections.abc import Iterator
from typing import Annotated, Any

import pyarrow.fs as pafs
from fastapi import Depends, FastAPI, HTTPException, status
from fastapi.responses import StreamingResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from lake_layout.profile import profile
from spark_jobs import storage
from spark_jobs.export import keys, manifest
from spark_jobs.export.manifest import Manifest, Personal

_CHUNK_BYTES = 1024 * 1024
_TYPES = {"parquet": "application/vnd.apache.parquet", "csv": "text/csv; charset=utf-8"}
_bearer = HTTPBearer(auto_error=False, description="A key that `lake api key PARTNER` made.")


def _owner(found: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]) -> str:
    partner = keys.owner(found.credentials) if found else None
    if partner is None:
        challenge = {"WWW-Authenticate": "Bearer"}
        raise HTTPException(status.HTTP_401_UNAUTHORIZED, "no key, or one that is not good", challenge)
    return partner


Partner = Annotated[str, Depends(_owner)]
app = FastAPI(
    title="Exports of the fitness lakehouse",
    description=__doc__,
    dependencies=[Depends(_owner)],
    docs_url=None,
    redoc_url=None,
    openapi_url=None,
)


@app.get("/exports")
def exports(partner: Partner) -> list[dict[str, Any]]:
    """Every export for the partner, the newest release first."""
    found = [
        {"id": name, "dataset": told.dataset, "release_id": told.release_id, "format": told.format,
         "first": told.first, "last": told.last, "rows": told.rows, "files": len(told.files)}
        for name, told in _all(partner)
    ]  # fmt: skip
    return sorted(found, key=lambda one: (-one["release_id"], one["id"]))


@app.get("/exports/{release}/{dataset}/{name}")
def export(partner: Partner, release: str, dataset: str, name: str) -> Manifest:
    """What an export holds: columns, files with their sha256."""
    return _told(partner, f"{release}/{dataset}/{name}")


@app.get("/exports/{release}/{dataset}/{name}/{file}")
def file(partner: Partner, release: str, dataset: str, name: str, file: str) -> StreamingResponse:
    """A file of an export, as it is."""
    place = f"{release}/{dataset}/{name}"
    told = _told(partner, place)
    wanted = next((one for one in told.files if one.path == file), None)
    if wanted is None:
        raise HTTPException(status.HTTP_404_NOT_FOUND, f"{place} has no file {file}")
    system, root = _root()
    headers = {"Content-Length": str(wanted.size_bytes), "ETag": f'"{wanted.sha256}"'}
    return StreamingResponse(_chunks(system, f"{root}/{place}/{file}"), media_type=_TYPES[told.format], headers=headers)


def _told(partner: str, place: str) -> Manifest:
    """Only what is listed is shown: a place is compared with names, and never made into a path by itself."""
    found = next((told for name, told in _all(partner) if name == place), None)
    if found is None:
        raise HTTPException(status.HTTP_404_NOT_FOUND, f"there is no export {place}: /exports lists them")
    return found


def _all(partner: str) -> Iterator[tuple[str, Manifest]]:
    """Place below `exports` and manifest of all that a partner may see."""
    system, root = _root()
    for one in system.get_file_info(pafs.FileSelector(root, recursive=True, allow_not_found=True)):
        if one.base_name == manifest.NAME:
            told = manifest.read(system, one.path.removesuffix(f"/{manifest.NAME}"))
            if told and told.partner == partner and not _names_people(told):
                yield one.path.removeprefix(f"{root}/").removesuffix(f"/{manifest.NAME}"), told


def _names_people(told: Manifest) -> bool:
    return any(column.personal == Personal.KEEP for column in told.columns)


def _root() -> tuple[pafs.FileSystem, str]:
    return storage.open_folder(f"{profile().lake.root}/exports")


def _chunks(system: pafs.FileSystem, path: str) -> Iterator[bytes]:
    with system.open_input_stream(path) as stream:
        while some := stream.read(_CHUNK_BYTES):
            yield some
