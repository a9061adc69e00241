#!/bin/sh
# Imports the folder with flights and airports, measures, and makes the report. Usage: run.sh DATA [LEDGER]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
[ $# -ge 1 ] || { echo "usage: run.sh DATA [LEDGER], where DATA is the folder with flights and airports" >&2; exit 2; }
data=$1
ledger=${2:-nycflights13.db}
troth import "$data" --pack travel_disruption --map nycflights13 --db "$ledger"
troth measure promise_reliability --by carrier --db "$ledger"
troth measure status_fidelity --db "$ledger"
"$here/../report.sh" "$ledger"
