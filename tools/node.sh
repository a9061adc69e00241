#!/bin/sh
# Installs the libraries of others that webhooks are checked against into tests/foreign/node_modules, exactly as locked.
# Without node or npm it says so and ends well: the test that needs them is skipped with a message.
set -eu
cd "$(dirname "$0")/../tests/foreign"

if ! command -v node >/dev/null 2>&1 || ! command -v npm >/dev/null 2>&1; then
    printf '%s\n' "node: not here, so the check against a library in JavaScript is skipped" >&2
    exit 0
fi
# npm writes this file last: present and not older than the lock means installed.
if [ -f node_modules/.package-lock.json ] && [ ! package-lock.json -nt node_modules/.package-lock.json ]; then
    exit 0
fi
npm ci --silent --ignore-scripts --no-audit --no-fund >/dev/null 2>&1 ||
    printf '%s\n' "node: npm ci failed, so the check against a library in JavaScript is skipped" >&2
