#!/bin/sh
# Makes .venv and installs the locked packages and troth itself into it.
#
#   tools/setup.sh run|dev
#
# Works on a bare Debian machine with root and nothing but make: what is missing (Python, its venv module) is installed
# with apt-get; where that is not possible, the message says what to do. What is present is left alone.
set -eu
cd "$(dirname "$0")/.."
level=${1:?usage: tools/setup.sh run|dev}

note() { printf '%s\n' "setup: $*" >&2; }
stop() { note "$*"; exit 1; }

recent() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }

find_python() {
    for candidate in ${PYTHON:-} python3.11 python3 python3.12 python3.13; do
        if recent "$candidate"; then printf '%s' "$candidate"; return 0; fi
    done
    return 1
}

apt_install() {
    command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ] || return 1
    note "installing with apt-get: $*"
    apt-get update -qq >/dev/null && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y "$@" >/dev/null
}

make_venv() { # tries, in order: venv as it is; venv after installing Debian's package; venv without pip, filled by pip
    rm -rf .venv
    "$python" -m venv .venv >/dev/null 2>&1 && return 0
    rm -rf .venv
    if apt_install python3-venv && "$python" -m venv .venv >/dev/null 2>&1; then return 0; fi
    rm -rf .venv
    "$python" -m venv --without-pip .venv >/dev/null 2>&1 || return 1
    "$python" -m pip --python .venv/bin/python install --quiet pip >/dev/null 2>&1
}

if ! { recent .venv/bin/python && .venv/bin/python -m pip --version >/dev/null 2>&1; }; then
    python=$(find_python) || { apt_install python3 python3-venv && python=$(find_python); } ||
        stop "no Python 3.11 or newer found: install it, or name it with PYTHON=/path/to/python"
    note "making .venv with $("$python" --version)"
    make_venv || stop "cannot make a virtual environment: install Python's venv module (Debian: python3-venv), then repeat"
fi

# The tests of the ledger on PostgreSQL start a server of their own; without its programs they are skipped, and say so.
have_postgres() { command -v initdb >/dev/null 2>&1 || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1; }
if [ "$level" = dev ] && ! have_postgres; then
    { apt_install postgresql && have_postgres; } ||
        note "PostgreSQL's server is not installed and cannot be: its tests will be skipped (Debian: apt-get install postgresql)"
fi
have_faketime() { ls /usr/lib/*/faketime/libfaketimeMT.so.1 >/dev/null 2>&1; }
if [ "$level" = dev ] && ! have_faketime; then
    { apt_install libfaketime && have_faketime; } ||
        note "libfaketime is not installed and cannot be: the test of clock jumps will be skipped (Debian: apt-get install libfaketime)"
fi

# Pages are tested in a real browser; without it those tests are skipped, and say so.
have_chromium() { command -v chromium >/dev/null 2>&1; }
if [ "$level" = dev ] && ! have_chromium; then
    { apt_install chromium && have_chromium; } ||
        note "chromium is not installed and cannot be: the tests of pages in a browser will be skipped (Debian: apt-get install chromium)"
fi

# The customer's page is tested in a second engine, too: WebKit, on a screen that needs no monitor.
have_webkit() { command -v WebKitWebDriver >/dev/null 2>&1 && command -v Xvfb >/dev/null 2>&1; }
if [ "$level" = dev ] && ! have_webkit; then
    { apt_install webkit2gtk-driver xvfb && have_webkit; } ||
        note "WebKit is not installed and cannot be: the tests in a second engine will be skipped (Debian: apt-get install webkit2gtk-driver xvfb)"
fi

note "installing $(grep -c '^[A-Za-z]' "requirements/$level.txt") locked packages ($level); the first time takes a minute or two"
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore PIP_NO_INPUT=1
pip() { .venv/bin/python -m pip install -qq "$@"; }
pip --require-hashes -r requirements/build.txt
pip --require-hashes --use-pep517 --no-build-isolation -r "requirements/$level.txt"
pip --no-deps --no-build-isolation --editable .
note "ready"
