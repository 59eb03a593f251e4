#!/bin/sh
# Makes the machine ready: .venv from requirements.lock, .lake/jars from jars.lock, passwords in profile.env.
# Every part is built beside its place and renamed when whole, so that an interruption costs only time; a part
# that is up to date is left alone. Alone: local_stack/setup/setup.sh, and `… setup.sh bi` for Superset's .lake/bi too.
set -eu
cd "$(dirname "$0")/../.."

here=local_stack/setup
of_superset=local_stack/superset/requirements.lock

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
        "$name" - "$1" 2>/dev/null <<'PYTHON' && return 0
import sys

if not (3, 11) <= sys.version_info[:2] <= (3, int(sys.argv[1])):
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

# Is the environment $1 that of the lock $2? A Python that was upgraded or removed leaves one that does not run.
is_current() {
    "$1/bin/python" -c "" 2>/dev/null || return 1
    cat "$2" "$here/build.lock" "$here/uv.lock" | cmp -s - "$1/complete.lock"
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

# The environment $1 from the lock $2 with the Python $3.
install_packages() {
    say "installing the packages of $2 with $3 (up to 2 GB)"
    new=.lake/environment.partial
    rm -rf "$new"
    # Without an explicit interpreter uv would download one; relocatable, because the folder is renamed.
    .lake/uv/bin/uv venv --quiet --relocatable --no-python-downloads --python "$3" "$new"
    # Compiled once, here: where the environment forbids Python to write bytecode, each job would compile it all again.
    .lake/uv/bin/uv pip sync --python "$new/bin/python" --require-hashes --build-constraints "$here/build.lock" \
        --compile-bytecode "$2" || stop "The Python packages could not be installed: check the network, then run it again."
    cat "$2" "$here/build.lock" "$here/uv.lock" >"$new/complete.lock"
    rm -rf .lake/environment.old
    [ ! -e "$1" ] || mv "$1" .lake/environment.old
    mv "$new" "$1"
    rm -rf .lake/environment.old
}

# ensure_environment FOLDER LOCK MINOR: with Python 3.11 to 3.MINOR.
ensure_environment() {
    is_current "$1" "$2" && return 0
    python=$(find_python "$3") || stop "No Python 3.11 to 3.$3 with venv was found on PATH: install one" \
        "(Debian: python3 and python3-venv), then run it again."
    check_disk
    UV_HTTP_TIMEOUT=${UV_HTTP_TIMEOUT:-120}
    export UV_HTTP_TIMEOUT
    install_uv "$python"
    install_packages "$1" "$2" "$python"
}

# The command `lake`, and this folder on Python's path, so that a new package needs no installation.
install_project() {
    { pwd && cat pyproject.toml; } | cmp -s - .venv/project.toml && return 0
    install_uv "$(find_python 13)"
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
ensure_environment .venv requirements.lock 13
install_project
.venv/bin/python -m local_stack.jars fetch
[ -f "${LAKE_HOME:-.lake}/profile.env" ] || .venv/bin/python -m local_stack.passwords
# Some of what Superset needs is not built for Python 3.13.
if [ "${1:-}" = bi ]; then
    ensure_environment .lake/bi "$of_superset" 12
elif [ -e .lake/bi ] && ! is_current .lake/bi "$of_superset"; then
    say "Superset's environment is older than its lock: make bi renews it"
fi
