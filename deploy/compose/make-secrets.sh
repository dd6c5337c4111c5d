#!/bin/sh
# make-secrets.sh [FOLDER]: makes what can be made of the secrets that compose.yml names, keeps what is there, and says what is missing. Each file may be read
# by whoever gets at it, for every container has a user of its own; the folder keeps everybody else out.
set -eu
folder=${1:-$(dirname "$0")/secrets}
umask 077
mkdir -p "$folder/cameras"
random() { od -An -N32 -tx1 /dev/urandom | tr -d ' \n'; }
for name in scrape_token alertmanager_token grafana_admin_password; do
    [ -s "$folder/$name" ] || random >"$folder/$name"
done
missing=0
for name in pagerduty_routing_key postgres redis amqp web.yml; do
    [ -s "$folder/$name" ] || { echo "missing: $folder/$name"; missing=1; }
done
chmod 755 "$folder/cameras"
find "$folder" -type f -exec chmod 644 {} +
[ $missing = 0 ] || { echo "README.md beside this script says what to write into them; run it again then"; exit 1; }
