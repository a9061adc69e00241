#!/bin/sh
# Imports the delivery history (CSV or Parquet), measures, and makes the report. Usage: run.sh DATA [LEDGER]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
[ $# -ge 1 ] || { echo "usage: run.sh DATA [LEDGER], where DATA is the delivery history (CSV or Parquet)" >&2; exit 2; }
data=$1
ledger=${2:-scms.db}
troth import "$data" --pack "$here/../packs/supply" --map "$here/mapping.yaml" --db "$ledger"
troth measure promise_reliability --by shipment_mode --db "$ledger"
troth measure time_to_usable_outcome --by order_date --db "$ledger"
"$here/../report.sh" "$ledger"
