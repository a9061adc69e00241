#!/bin/sh
# Imports the city's requests (CSV or Parquet), measures, and makes the report. Usage: run.sh DATA [LEDGER]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
[ $# -ge 1 ] || { echo "usage: run.sh DATA [LEDGER], where DATA is the city's requests (CSV or Parquet)" >&2; exit 2; }
data=$1
ledger=${2:-boston311.db}
troth import "$data" --pack service_request --map boston311 --db "$ledger"
troth measure promise_reliability --kind target --by department --db "$ledger"
troth measure exception_closure --db "$ledger"
troth measure time_to_usable_outcome --db "$ledger"
"$here/../report.sh" "$ledger"
