#!/bin/sh
# Installs bandit, semgrep and wapiti, each into a virtual environment of its own outside the project: what they ask for
# does not agree with what troth is locked to. TROTH_SECURITY names the folder; ~/.cache/troth-security unless given.
set -eu
cd "$(dirname "$0")/.."
folder=${TROTH_SECURITY:-$HOME/.cache/troth-security}
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore PIP_NO_INPUT=1

install() { # name of the folder, package with its version
    [ -x "$folder/$1/bin/python" ] || .venv/bin/python -m venv "$folder/$1"
    "$folder/$1/bin/python" -m pip install -qq "$2"
}

install bandit bandit==1.9.4
install semgrep semgrep==1.182.0
install wapiti wapiti3==3.2.3
printf '%s\n' "security: ready in $folder" >&2
