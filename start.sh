#!/bin/sh
# Starts the gateway: ./start.sh. Installs and builds what is missing.
command -v node >/dev/null 2>&1 || {
  echo "ZtoApi needs Node 20.19 or newer, and no node was found. Get it from https://nodejs.org/ ." >&2
  exit 1
}
cd "$(dirname "$0")" || exit 1
exec node scripts/run.cjs start "$@"
