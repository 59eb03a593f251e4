#!/bin/sh
# Makes the machine ready: .venv from requirements.lock, .lake/jars from jars.lock, passwords in profile.env.
# Every part is built beside its place and renamed when whole, so that an interruption costs only time; a part
# that is up to date is left alone. Alone: local_stack/setup/setup.sh
set -eu
cd "$(dirname "$0")/../.."

here=local_stack/setup
inputs="requirements.lock $here/build.lock $here/uv.lock"

stop() {
    echo "error: $*" >&2
    exit 1
}

say() {
    echo "set-up: $*" >&2
}

# A `python3` on PATH may be too old, lack venv, or be a shim without a Python behind it: so it is tried out.
find_python() {
    for name in python3 python3.13 python3.12 python3.11; do
        "$name" - 2>/dev/null <<'PYTHON' && return 0
import sys

if not (3, 11) <= sys.version_info[:2] <= (3, 13):
    sys.exit(1)
import ensurepip, venv

print(sys._base_executable)
PYTHON
    done
    return 1
}

check_java() {
    version=$(java -version 2>&1 | sed -n 's/.*version "\([0-9]*\).*/\1/p' | head -n 1)
    [ -n "$version" ] || stop "Java is missing: install a Java runtime, version 17 or newer (Debian: openjdk-17-jre-headless)."
    [ "$version" -ge 17 ] || stop "Java $version is too old: install version 17 or newer and put it first on PATH."
}

check_disk() {
    free_mb=$(df -Pm . | awk 'NR == 2 { print $4 }')
    [ "$free_mb" -ge 5000 ] || stop "Only $free_mb MB are free here, 5000 are needed: free some space, then run it again."
}

# A Python that was upgraded or removed leaves an environment that does not run.
is_current() {
    .venv/bin/python -c "" 2>/dev/null || return 1
    # shellcheck disable=SC2086
    cat $inputs | cmp -s - .venv/complete.lock
}

install_uv() {
    cmp -s "$here/uv.lock" .lake/uv/complete.lock && return 0
    say "installing uv"
    rm -rf .lake/uv .lake/uv.partial
    "$1" -m venv .lake/uv.partial
    .lake/uv.partial/bin/python -m pip install --quiet --disable-pip-version-check --no-input \
        --require-hashes --requirement "$here/uv.lock" ||
        stop "uv could not be installed: check the network, then run it again."
    cp "$here/uv.lock" .lake/uv.partial/complete.lock
    mv .lake/uv.partial .lake/uv
}

install_packages() {
    say "installing Python packages with $1 (about 2 GB)"
    new=.lake/venv.partial
    rm -rf "$new"
    # Without an explicit interpreter uv would download one; relocatable, because the folder is renamed.
    .lake/uv/bin/uv venv --quiet --relocatable --no-python-downloads --python "$1" "$new"
    # Compiled once, here: where the environment forbids Python to write bytecode, each job would compile it all again.
    .lake/uv/bin/uv pip sync --python "$new/bin/python" --require-hashes --build-constraints "$here/build.lock" \
        --compile-bytecode requirements.lock || stop "The Python packages could not be installed: check the network, then run it again."
    # shellcheck disable=SC2086
    cat $inputs >"$new/complete.lock"
    rm -rf .lake/venv.old
    [ ! -e .venv ] || mv .venv .lake/venv.old
    mv "$new" .venv
    rm -rf .lake/venv.old
}

# The command `lake`, and this folder on Python's path, so that a new package needs no installation.
install_project() {
    { pwd && cat pyproject.toml; } | cmp -s - .venv/project.toml && return 0
    install_uv "$(find_python)"
    .lake/uv/bin/uv pip install --quiet --offline --python .venv/bin/python --no-deps --no-build-isolation \
        --config-settings editable_mode=compat --editable .
    { pwd && cat pyproject.toml; } >.venv/project.toml
}

trap 'stop "interrupted: run it again, what is whole stays."' INT TERM
mkdir -p .lake
check_java
# Two set-ups at once would build in the same place.
exec 9>.lake/setup.lock
if command -v flock >/dev/null && ! flock -n 9; then
    say "waiting for another set-up to end"
    flock 9
fi
if ! is_current; then
    python=$(find_python) || stop "No Python 3.11, 3.12 or 3.13 with venv was found on PATH: install one" \
        "(Debian: python3 and python3-venv), then run it again."
    check_disk
    UV_HTTP_TIMEOUT=${UV_HTTP_TIMEOUT:-120}
    export UV_HTTP_TIMEOUT
    install_uv "$python"
    install_packages "$python"
fi
install_project
.venv/bin/python -m local_stack.jars fetch
[ -f "${LAKE_HOME:-.lake}/profile.env" ] || .venv/bin/python -m local_stack.passwords
