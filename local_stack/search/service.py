"""One OpenSearch node under the supervisor: plugin unpacked, settings, users and certificate written → SearchNode.java.

What it holds follows from the lake: with other passwords than it was made with, it begins empty and is filled again.
"""

import base64
import hashlib
import json
import os
import shutil
import subprocess
import zipfile
from pathlib import Path

from lake_layout.profile import profile
from local_stack import jars, loopback, supervisor
from local_stack.search import configuration
from local_stack.service import NotReady, Service, StackError, write_private

_MEMORY = ("-Xms256m", "-Xmx512m", "-XX:+UseSerialGC")
_HERE = Path(__file__).parent
# Janino, inside PySpark, compiles the few lines of Java that start the node: a Java runtime has no compiler.
_COMPILER = "org.codehaus.janino.SimpleCompiler"


def service() -> Service:
    settings = profile().search
    return Service(
        name="search",
        command=_command,
        ports={"search.port": settings.port, "search.transport_port": settings.transport_port},
        prepare=prepare,
        check=check,
    )


def _folder() -> Path:
    return profile().home / "search"


def _command() -> list[str]:
    logging = f"-Dlog4j2.configurationFile={_HERE / 'log4j2.properties'}"
    start = [_COMPILER, str(_HERE / "SearchNode.java"), "SearchNode", str(_folder())]
    return ["java", *_MEMORY, logging, "-cp", _class_path(), *start]


def _class_path() -> str:
    compiler = sorted(
        str(path) for name in ("janino", "commons-compiler") for path in jars.spark_jars().glob(f"{name}-*")
    )
    return ":".join([*compiler, jars.class_path("search"), f"{_plugin()}/*"])


def _plugin() -> Path:
    return _folder() / "plugin"


def prepare() -> None:
    """Everything that the node reads; what is as it should be stays."""
    _folder().mkdir(mode=0o700, parents=True, exist_ok=True)
    _unpack_plugin()
    folder = _folder() / "config"
    configuration.ensure_certificate(folder)
    write_private(folder / "opensearch.yml", configuration.as_yaml(configuration.settings(_folder() / "data")))
    _ensure_access(folder)


def _unpack_plugin() -> None:
    [archive] = jars.folder("search").glob("*.zip")
    with zipfile.ZipFile(archive) as packed:
        wanted = {one.filename: one.file_size for one in packed.infolist() if one.filename.endswith(".jar")}
        if {path.name: path.stat().st_size for path in _plugin().glob("*.jar")} == wanted:
            return
        partial = _plugin().with_name("plugin.partial")
        for folder in (_plugin(), partial):
            shutil.rmtree(folder, ignore_errors=True)
        packed.extractall(partial, wanted)
    partial.rename(_plugin())


def _ensure_access(folder: Path) -> None:
    """The node takes users and roles when it has none, so one that has others is emptied."""
    plain = json.dumps(configuration.access(lambda password: password))
    wanted = hashlib.sha256(plain.encode()).hexdigest()
    made_for = folder / "made_for"
    if made_for.exists() and made_for.read_text() == wanted:
        return
    made_for.unlink(missing_ok=True)
    shutil.rmtree(_folder() / "data", ignore_errors=True)
    configuration.write_access(folder, configuration.access(_hashed))
    write_private(made_for, wanted)


def _hashed(password: str) -> str:
    """As the plugin's own tool hashes it."""
    command = ["java", "-cp", _class_path(), "org.opensearch.security.tools.Hasher", "-env", "PASSWORD_TO_HASH"]
    own = {**os.environ, "PASSWORD_TO_HASH": password}
    done = subprocess.run(
        command, check=False, capture_output=True, text=True, env=own, cwd=supervisor.working_folder()
    )
    lines = [line for line in done.stdout.splitlines() if line.startswith("$2")]
    if done.returncode != 0 or not lines:
        raise StackError(f"OpenSearch could not hash a password: {(done.stdout + done.stderr).strip()[-500:]}")
    return lines[-1]


def check() -> None:
    settings = profile().search
    login = f"{settings.user}:{settings.password.get_secret_value()}".encode()
    who = {"Authorization": f"Basic {base64.b64encode(login).decode()}"}
    health = json.loads(loopback.get(f"{settings.url}/_cluster/health", who))
    if health["status"] == "red":
        raise NotReady("its indices are not there yet")
