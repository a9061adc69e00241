#!/bin/sh
# Imports the log of applications (XES or Parquet), measures, and makes the report. Usage: run.sh DATA [LEDGER]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
[ $# -ge 1 ] || { echo "usage: run.sh DATA [LEDGER], where DATA is the log of applications (XES or Parquet)" >&2; exit 2; }
data=$1
ledger=${2:-bpi2012.db}
troth import "$data" --pack "$here/../packs/loan_application" --map "$here/mapping.yaml" --db "$ledger"
troth measure time_to_usable_outcome --by amount --db "$ledger"
troth measure exception_closure --db "$ledger"
"$here/../report.sh" "$ledger"
