#!/bin/sh
# Imports the log of the help desk (XES, CSV or Parquet), measures, and makes the report. Usage: run.sh DATA [LEDGER]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
[ $# -ge 1 ] || { echo "usage: run.sh DATA [LEDGER], where DATA is the log of the help desk (XES, CSV or Parquet)" >&2; exit 2; }
data=$1
ledger=${2:-helpdesk.db}
troth import "$data" --pack "$here/../packs/it_desk" --map "$here/mapping.yaml" --db "$ledger"
troth measure exception_closure --db "$ledger"
troth measure exception_closure --kind ticket --by section --db "$ledger"
"$here/../report.sh" "$ledger"
