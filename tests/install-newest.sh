#!/bin/sh
# Puts the next Debian's Prometheus and Alertmanager into a folder, for the tests that what is shipped works with newer ones, too. Nothing is installed, and
# apt's own sources and lists stay as they are. Without them those tests are left out, so a mirror that lacks them fails nothing here.
set -eu
into=$(realpath -m "$1")
suite=trixie

mkdir -p "$(dirname "$into")"
work=$(mktemp -d "$into.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' HUP INT TERM

fetch() {
    command -v apt-get >/dev/null || { echo "no apt-get here"; return 1; }
    mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' | grep -v -e -security | head -n 1)
    printf 'Types: deb\nURIs: %s\nSuites: %s\nComponents: main\nTargets: Packages\nSigned-By: /usr/share/keyrings/debian-archive-keyring.gpg\n' \
        "${mirror:-http://deb.debian.org/debian}" $suite >"$work/apt.sources"
    mkdir -p "$work/lists/partial" "$work/cache/archives/partial" "$work/found"
    set -- -qq -o Dir::Etc::sourcelist="$work/apt.sources" -o Dir::Etc::sourceparts=- -o Dir::State::lists="$work/lists" -o Dir::Cache="$work/cache" \
        -o APT::Sandbox::User=root -o Acquire::Retries=1 -o Acquire::http::Timeout=20 -o APT::Update::Error-Mode=any
    apt-get "$@" update && (cd "$work" && apt-get "$@" download prometheus promtool prometheus-alertmanager) || return 1
    for package in "$work"/*.deb; do
        dpkg-deb --fsys-tarfile "$package" | tar -x -C "$work/found" --strip-components=3 --wildcards './usr/bin/?*' || return 1
    done
    # Made for another libc, they need not run here.
    for program in prometheus promtool prometheus-alertmanager amtool; do
        "$work/found/$program" --version || return 1
    done
}

if fetch >"$work/log" 2>&1; then
    rm -rf "$into" "$into-missing"
    mv "$work/found" "$into"
else
    why=$(grep -m 1 '^E:' "$work/log" || tail -n 1 "$work/log")
    echo "The tests with newer versions are left out, since Debian $suite's Prometheus and Alertmanager can't be had: $why" | tee "$into-missing"
fi
