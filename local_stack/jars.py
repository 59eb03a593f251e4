"""The Java archives of the services, exactly those of `jars.lock`.

`jars.toml` → (`lock`: Ivy resolves, sha256 are written down) → `jars.lock` → (`fetch`: Ivy downloads,
sha256 are compared) → `.lake/jars/<group>/*.jar`. Ivy ships inside PySpark.
Alone: `python -m local_stack.jars fetch` or `lock`.
"""

import hashlib
import json
import re
import shutil
import subprocess
import sys
import tomllib
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path
from xml.etree import ElementTree

from lake_layout.profile import profile

WANTED = Path(__file__).with_name("jars.toml")
LOCK = Path(__file__).with_name("jars.lock")
_FILE_PATTERN = "[organisation]__[artifact]__[revision].[ext]"


class JarError(RuntimeError):
    """A jar could not be had, or is not the one of the lock."""


def folder(group: str) -> Path:
    """Where the jars of one group lie."""
    return profile().jars / group


def class_path(group: str) -> str:
    """The class path of one group, for `java -cp`."""
    return f"{folder(group)}/*"


def fetch() -> None:
    """Make every group folder hold exactly the jars of the lock; what is already there is kept."""
    with ThreadPoolExecutor(max_workers=4) as pool:
        for group, count in pool.map(lambda item: _fetch_group(*item), missing().items()):
            print(f"  jars: {group} ({count} files)", flush=True)


def missing() -> dict[str, dict[str, str]]:
    """The groups of the lock whose folder is not there or not whole."""
    locked: dict[str, dict[str, str]] = json.loads(LOCK.read_text())
    return {group: jars for group, jars in locked.items() if not _is_complete(group, jars)}


def lock() -> None:
    """Resolve `jars.toml` with all dependencies and write the coordinates and sha256 of the result."""
    wanted = tomllib.loads(WANTED.read_text())
    with ThreadPoolExecutor(max_workers=4) as pool:
        resolved = pool.map(lambda group: _resolve_group(group, wanted[group]), wanted)
        LOCK.write_text(json.dumps(dict(zip(wanted, resolved, strict=True)), indent=1) + "\n")


def _is_complete(group: str, jars: dict[str, str]) -> bool:
    """The marker is written last, inside a folder renamed into place, so that it proves the whole folder."""
    marker = folder(group) / "complete.json"
    return marker.is_file() and json.loads(marker.read_text()) == jars


def _fetch_group(group: str, jars: dict[str, str]) -> tuple[str, int]:
    partial = profile().jars / f"{group}.partial"
    shutil.rmtree(partial, ignore_errors=True)
    _run_ivy(group, partial, list(jars), transitive=False, without=[])
    for coordinates, expected in jars.items():
        path = partial / _file_name(coordinates)
        if not path.is_file():
            raise JarError(f"{coordinates} was not downloaded: check the network, then run the set-up again")
        if (actual := _sha256(path)) != expected:
            raise JarError(f"{coordinates} has sha256 {actual}, but jars.lock says {expected}: do not use it")
    (partial / "complete.json").write_text(json.dumps(jars))
    shutil.rmtree(folder(group), ignore_errors=True)
    partial.rename(folder(group))
    return group, len(jars)


def _resolve_group(group: str, options: dict[str, list[str]]) -> dict[str, str]:
    target = profile().jars / f"{group}.lock"
    shutil.rmtree(target, ignore_errors=True)
    without = options.get("without_organisations", [])
    _run_ivy(group, target, options["wanted"], transitive=True, without=without)
    spark_names = _names_of_spark_jars() if options.get("without_jars_of_spark") else set()
    resolved = {}
    for path in sorted(target.glob("*.jar")):
        organisation, name, revision = path.stem.split("__")
        if name not in spark_names:
            resolved[f"{organisation}:{name}:{revision}"] = _sha256(path)
    shutil.rmtree(target)
    return resolved


def _run_ivy(
    group: str,
    target: Path,
    coordinates: list[str],
    *,
    transitive: bool,
    without: list[str],
) -> None:
    """Let Ivy copy the jars into `target`; each group has a cache of its own, so that groups run side by side."""
    cache = profile().jars / "ivy" / group
    cache.mkdir(parents=True, exist_ok=True)
    module = cache / "wanted.xml"
    _write_ivy_module(module, coordinates, transitive=transitive, without=without)
    command = [
        "java",
        "-cp",
        f"{_spark_jars()}/*",
        "org.apache.ivy.Main",
        "-ivy",
        str(module),
    ]
    command += ["-cache", str(cache), "-types", "jar", "bundle", "-confs", "default"]
    command += ["-retrieve", f"{target}/{_FILE_PATTERN}"]
    result = subprocess.run(command, check=False, capture_output=True, text=True)
    (cache / "ivy.log").write_text(result.stdout + result.stderr)
    if result.returncode != 0:
        raise JarError(f"Ivy could not resolve the {group} jars; its output is in {cache / 'ivy.log'}")


def _write_ivy_module(path: Path, coordinates: list[str], *, transitive: bool, without: list[str]) -> None:
    module = ElementTree.Element("ivy-module", version="2.0")
    ElementTree.SubElement(module, "info", organisation="local", module="jars")
    confs = ElementTree.SubElement(module, "configurations")
    ElementTree.SubElement(confs, "conf", name="default")
    dependencies = ElementTree.SubElement(module, "dependencies")
    for coordinate in coordinates:
        organisation, name, revision = coordinate.split(":")
        attributes = {
            "org": organisation,
            "name": name,
            "rev": revision,
            "conf": "default->default",
        }
        attributes["transitive"] = str(transitive).lower()
        ElementTree.SubElement(dependencies, "dependency", attributes)
    for organisation in without:
        ElementTree.SubElement(dependencies, "exclude", org=organisation)
    ElementTree.ElementTree(module).write(path)


def _spark_jars() -> Path:
    """Found without importing PySpark, which takes seconds."""
    spec = find_spec("pyspark")
    if spec is None or spec.origin is None:
        raise JarError("PySpark is not installed: run `make setup`")
    return Path(spec.origin).parent / "jars"


def _names_of_spark_jars() -> set[str]:
    """Names without versions: `zstd-jni-1.5.7-7.jar` → `zstd-jni`."""
    return {re.split(r"-(?=\d)", path.stem, maxsplit=1)[0] for path in _spark_jars().glob("*.jar")}


def _file_name(coordinates: str) -> str:
    return "__".join(coordinates.split(":")) + ".jar"


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


if __name__ == "__main__":
    try:
        {"fetch": fetch, "lock": lock}[sys.argv[1]]()
    except JarError as error:
        sys.exit(f"error: {error}")
