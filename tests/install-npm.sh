#!/bin/sh
# install-npm.sh FOLDER: puts what tests/npm/package.json names into it, by the lock file, and runs nothing of it.
set -eu
here=$(dirname "$0")
into=$1
# One that is there already need not be Debian's.
command -v npm >/dev/null || "$here/install-tools.sh" nodejs npm
mkdir -p "$into"
cp "$here/npm/package.json" "$here/npm/package-lock.json" "$into"
npm ci --prefix "$into" --ignore-scripts --omit=optional --no-audit --no-fund --loglevel=error >"$into/log" 2>&1 || { cat "$into/log" >&2; exit 1; }
touch "$into"
