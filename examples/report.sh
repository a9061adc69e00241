#!/bin/sh
# Makes the report of a ledger, and what else this version of troth can say of it. Usage: report.sh LEDGER [REPORT]
set -eu
ledger=$1
report=${2:-${ledger%.db}.html}
if troth backtest --help >/dev/null 2>&1; then
  troth backtest --db "$ledger" --html "$report"
  echo "The report is $report: open it in a browser." >&2
fi
