#!/bin/sh
# Imports the folder with Olist's tables, measures, and makes the report. Usage: run.sh DATA [LEDGER]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
[ $# -ge 1 ] || { echo "usage: run.sh DATA [LEDGER], where DATA is the folder with Olist's tables" >&2; exit 2; }
data=$1
ledger=${2:-olist.db}
troth import "$data" --pack delivery --map olist --db "$ledger"
troth measure promise_reliability --db "$ledger"
troth measure promise_reliability --kind delivery_day --by customer_state --db "$ledger"
troth measure status_fidelity --db "$ledger"
troth measure time_to_usable_outcome --db "$ledger"
"$here/../report.sh" "$ledger"
