#!/usr/bin/env bash
# check-gpu.sh EXPORTER: on a machine with an NVIDIA card, prints what the exporter (a published, self-contained one) says of it beside what nvidia-smi says. Takes about 20 s.
# UUID, name, driver and sizes must be the same, used memory within a few MiB, temperature and power within noise, and threads and files the same at both ends.
set -u
exporter=$(realpath "${1:?usage: check-gpu.sh EXPORTER}")
folder=$(mktemp -d)
trap 'kill "$pid" 2>/dev/null; rm -rf "$folder"' EXIT
printf 'listen: 127.0.0.1:9977\nsite: real\ngpu: { enabled: auto, interval: 2s, timeout: 2s }\nalerts: { store: store.db }\n' >"$folder/verolux.yml"
"$exporter" --config "$folder/verolux.yml" >"$folder/log" 2>&1 &
pid=$!
page() { curl -s -m 3 http://127.0.0.1:9977/metrics; }
held() { echo "$1: $(grep VmRSS "/proc/$pid/status" | tr -s '\t ' ' '), $(find "/proc/$pid/task" -mindepth 1 -maxdepth 1 | wc -l) threads, $(find "/proc/$pid/fd" -mindepth 1 | wc -l) files"; }
for _ in $(seq 30); do page | grep -q '^verolux_gpu_up' && break; sleep 1; done

held "at the start"
timeout 20 nvidia-smi --format=csv --query-gpu=uuid,index,name,driver_version,utilization.gpu,memory.used,memory.reserved,memory.total,utilization.decoder,utilization.encoder,temperature.gpu,power.draw,ecc.errors.uncorrected.volatile.total
timeout 20 nvidia-smi --format=csv --query-compute-apps=pid,name,used_memory
page | grep '^verolux_gpu'
timeout 20 nvidia-smi -q -d PERFORMANCE
sleep 15
held "at the end"
page | grep -E '^verolux_gpu_(up|driver_up|failures_total|energy_joules_total)'
cat "$folder/log"
