"""The Java archives of the services, exactly those of `jars.lock`.

`jars.toml` → (`lock`: Ivy resolves, sha256 are written down) → `jars.lock` → (`fetch`: Ivy downloads,
sha256 are compared) → `.lake/jars/<group>/*.jar`. Ivy ships inside PySpark. A fourth part of a coordinate is the kind
of a file that is no jar: `organisation:name:revision:zip`.
Alone: `python -m local_stack.jars fetch [GROUP …]` or `lock`.
"""

import hashlib
import json
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from xml.etree import ElementTree

from lake_layout.profile import profile

WANTED = Path(__file__).with_name("jars.toml")
LOCK = Path(__file__).with_name("jars.lock")
_CHUNK = 30  # Ivy downloads one file after the other; so it runs several times side by side
_KINDS = (".jar", ".zip")
_ON_DEMAND = {"jdbc"}  # no service needs them
_FILE_PATTERN = "[organisation]__[artifact]__[revision].[ext]"


class JarError(RuntimeError):
    """A jar could not be had, or is not the one of the lock."""


def folder(group: str) -> Path:
    """Where the jars of one group lie."""
    return profile().jars / group


def class_path(group: str) -> str:
    """The class path of one group, for `java -cp`."""
    return f"{folder(group)}/*"


def fetch(*more: str) -> None:
    """Make the folders of all groups that services need, and of `more`, hold exactly the jars of the lock.

    What is already there is kept.
    """
    if not (wanted := missing(*more)):
        return
    print(f"set-up: downloading jars of {', '.join(wanted)} (all together about 170 MB)", file=sys.stderr)
    with ThreadPoolExecutor(max_workers=4) as pool:
        for group, count in pool.map(lambda item: _fetch_group(*item), wanted.items()):
            print(f"set-up: jars of {group} are there ({count} files)", file=sys.stderr)
    # Ivy's caches only help to go on after an interruption.
    shutil.rmtree(profile().jars / "ivy", ignore_errors=True)


def missing(*more: str) -> dict[str, dict[str, str]]:
    """The groups that services need, and `more`, whose folder is not there or has a jar that is not the lock's."""
    locked: dict[str, dict[str, str]] = json.loads(LOCK.read_text())
    wanted = {group: jars for group, jars in locked.items() if group not in _ON_DEMAND - {*more}}
    return {group: jars for group, jars in wanted.items() if not _is_whole(folder(group), jars)}


def lock() -> None:
    """Resolve `jars.toml` with all dependencies and write the coordinates and sha256 of the result."""
    wanted = tomllib.loads(WANTED.read_text())
    with ThreadPoolExecutor(max_workers=4) as pool:
        resolved = pool.map(lambda group: _resolve_group(group, wanted[group]), wanted)
        LOCK.write_text(json.dumps(dict(zip(wanted, resolved, strict=True)), indent=1) + "\n")


def _is_whole(group_folder: Path, jars: dict[str, str]) -> bool:
    """Compares every byte: a disk that was full leaves short files, and a class path takes whatever lies there."""
    names = {_file_name(coordinate): expected for coordinate, expected in jars.items()}
    there = {path.name for path in _archives(group_folder)}
    return there == names.keys() and all(_sha256(group_folder / name) == sha256 for name, sha256 in names.items())


def _fetch_group(group: str, jars: dict[str, str]) -> tuple[str, int]:
    partial = profile().jars / f"{group}.partial"
    shutil.rmtree(partial, ignore_errors=True)
    coordinates = list(jars)
    chunks = [coordinates[start : start + _CHUNK] for start in range(0, len(coordinates), _CHUNK)]
    with ThreadPoolExecutor(max_workers=4) as pool:
        modules = [_Module(f"{group}-{number}", chunk) for number, chunk in enumerate(chunks)]
        list(pool.map(lambda module: _run_ivy(module, partial), modules))
    for coordinate, expected in jars.items():
        path = partial / _file_name(coordinate)
        if not path.is_file():
            raise JarError(f"{coordinate} was not downloaded: check the network, then run the set-up again")
        if (actual := _sha256(path)) != expected:
            _forget_downloads(module.name for module in modules)
            raise JarError(
                f"{coordinate} has sha256 {actual}, but jars.lock says {expected}. It was thrown away: run the set-up "
                "again; if it says the same again, the repository that your network reaches serves another file"
            )
    shutil.rmtree(folder(group), ignore_errors=True)
    partial.rename(folder(group))
    return group, len(jars)


def _forget_downloads(names: Iterable[str]) -> None:
    """Ivy would take the same file from its cache again."""
    for name in names:
        shutil.rmtree(_cache(name), ignore_errors=True)


def _cache(name: str) -> Path:
    return profile().jars / "ivy" / name


def _resolve_group(group: str, options: dict[str, list[str]]) -> dict[str, str]:
    target = profile().jars / f"{group}.lock"
    shutil.rmtree(target, ignore_errors=True)
    excluded = [{"org": name} for name in options.get("without_organisations", [])]
    excluded += [{"module": name} for name in options.get("without_modules", [])]
    _run_ivy(_Module(group, options["wanted"], transitive=True, excluded=excluded), target)
    spark_names = _names_of_spark_jars() if options.get("without_jars_of_spark") else set()
    resolved = {}
    for path in _archives(target):
        organisation, name, revision = path.stem.split("__")
        kind = "" if path.suffix == ".jar" else f":{path.suffix[1:]}"
        if name not in spark_names:
            resolved[f"{organisation}:{name}:{revision}{kind}"] = _sha256(path)
    shutil.rmtree(target)
    return resolved


def _archives(of: Path) -> list[Path]:
    return sorted(path for path in of.glob("*") if path.suffix in _KINDS)


@dataclass(frozen=True)
class _Module:
    """A wish list for one run of Ivy; the name is also that of its cache, so that runs go side by side."""

    name: str
    coordinates: list[str]
    transitive: bool = False
    excluded: list[dict[str, str]] = field(default_factory=list)


def _run_ivy(module: _Module, target: Path) -> None:
    """Let Ivy copy the jars of the module into `target`."""
    cache = _cache(module.name)
    cache.mkdir(parents=True, exist_ok=True)
    _write_ivy_file(cache / "wanted.xml", module)
    command = ["java", "-Xmx256m", "-cp", f"{spark_jars()}/*", "org.apache.ivy.Main"]
    command += ["-ivy", str(cache / "wanted.xml"), "-cache", str(cache), "-types", "jar", "bundle", "zip"]
    command += ["-confs", "default", "-retrieve", f"{target}/{_FILE_PATTERN}"]
    if not module.transitive:
        command += ["-settings", str(Path(__file__).with_name("ivy_fetch.xml"))]
    result = subprocess.run(command, check=False, capture_output=True, text=True)
    words = result.stdout + result.stderr
    if result.returncode != 0 and "No space left on device" in words:
        raise JarError(f"The disk is full: free some space under {profile().jars}, then run the set-up again")
    (cache / "ivy.log").write_text(words)
    if result.returncode != 0:
        raise JarError(
            f"Ivy could not resolve the jars of {module.name}: check the network, then run the set-up again; "
            f"its output is in {cache / 'ivy.log'}"
        )


def _write_ivy_file(path: Path, module: _Module) -> None:
    root = ElementTree.Element("ivy-module", version="2.0")
    ElementTree.SubElement(root, "info", organisation="local", module="jars")
    ElementTree.SubElement(ElementTree.SubElement(root, "configurations"), "conf", name="default")
    dependencies = ElementTree.SubElement(root, "dependencies")
    for coordinate in module.coordinates:
        organisation, name, revision, *kind = coordinate.split(":")
        wish = {"org": organisation, "name": name, "rev": revision, "conf": "default->default"}
        wish["transitive"] = str(module.transitive).lower()
        dependency = ElementTree.SubElement(dependencies, "dependency", wish)
        for type_ in kind:
            ElementTree.SubElement(dependency, "artifact", name=name, type=type_, ext=type_)
    for names in module.excluded:
        ElementTree.SubElement(dependencies, "exclude", names)
    ElementTree.ElementTree(root).write(path)


def spark_jars() -> Path:
    """The jars inside PySpark, found without importing it, which takes seconds."""
    spec = find_spec("pyspark")
    if spec is None or spec.origin is None:
        raise JarError("PySpark is not installed: run `make setup`")
    return Path(spec.origin).parent / "jars"


def _names_of_spark_jars() -> set[str]:
    """Names without versions: `zstd-jni-1.5.7-7.jar` → `zstd-jni`."""
    return {re.split(r"-(?=\d)", path.stem, maxsplit=1)[0] for path in spark_jars().glob("*.jar")}


def _file_name(coordinate: str) -> str:
    organisation, name, revision, *kind = coordinate.split(":")
    return f"{organisation}__{name}__{revision}.{(kind or ['jar'])[0]}"


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


if __name__ == "__main__":
    try:
        commands: dict[str, Callable[..., None]] = {"fetch": fetch, "lock": lock}
        commands[sys.argv[1]](*sys.argv[2:])
    except JarError as error:
        sys.exit(f"error: {error}")
    except KeyboardInterrupt:
        sys.exit(130)
