#!/bin/sh
# Imports a log of incidents or problems (XES or Parquet), measures, and makes the report. Usage: run.sh DATA [LEDGER]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
[ $# -ge 1 ] || { echo "usage: run.sh DATA [LEDGER], where DATA is a log of incidents or problems (XES or Parquet)" >&2; exit 2; }
data=$1
ledger=${2:-bpi2013.db}
troth import "$data" --pack "$here/../packs/it_desk" --map "$here/mapping.yaml" --db "$ledger"
troth measure exception_closure --db "$ledger"
troth measure exception_closure --kind ticket --by product --db "$ledger"
"$here/../report.sh" "$ledger"
