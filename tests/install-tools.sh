#!/bin/sh
# Installs Debian packages that the tests or benchmarks need and that are not there yet. None of their services is started.
set -eu
missing=""
for package in "$@"; do
    dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

root=""
if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || { echo "These packages are needed and only root may install them:$missing" >&2; exit 1; }
    root=sudo
fi
echo "Installing:$missing"
# Packages must not start their services: the tests start their own, on ports of their own.
if [ ! -e /usr/sbin/policy-rc.d ]; then
    printf '#!/bin/sh\nexit 101\n' | $root tee /usr/sbin/policy-rc.d >/dev/null
    $root chmod +x /usr/sbin/policy-rc.d
    trap '$root rm -f /usr/sbin/policy-rc.d' EXIT
    trap 'exit 130' HUP INT TERM
fi
log=$(mktemp)
$root env DEBIAN_FRONTEND=noninteractive sh -c "apt-get -qq update && apt-get -qq install -y --no-install-recommends $missing" >"$log" 2>&1 \
    || { cat "$log" >&2; exit 1; }
rm -f "$log"
