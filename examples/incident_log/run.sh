#!/bin/sh
# Imports the incident log (CSV or Parquet), measures, and makes the report. Usage: run.sh DATA [LEDGER]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
[ $# -ge 1 ] || { echo "usage: run.sh DATA [LEDGER], where DATA is the incident log (CSV or Parquet)" >&2; exit 2; }
data=$1
ledger=${2:-incident_log.db}
troth import "$data" --pack service_request --map incident_log --db "$ledger"
troth measure promise_reliability --kind sla --by priority --db "$ledger"
troth measure exception_closure --by priority --db "$ledger"
"$here/../report.sh" "$ledger"
