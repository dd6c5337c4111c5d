#!/usr/bin/env bash
# run-demo.sh SITE.dll EXPORTER.dll: the exporter on its embedded defaults, with a simulated camera and back end to watch beside this machine. Both end together.
set -u

exec 3< <(exec dotnet "$1" --port 0 --rtsp-port 0)
site=$!
trap 'kill "$site" 2>/dev/null' EXIT
# Cameras listen on rtsp://127.0.0.1:PORT (...), The back end listens on http://127.0.0.1:PORT (...), in either order.
read -r one <&3 && read -r other <&3 || exit 1
address=$(grep -o 'rtsp://[0-9.:]*' <<<"$one $other")
backend=$(grep -o 'http://[0-9.:]*' <<<"$one $other" | head -n 1)
echo "Simulated: cameras at $address, a back end at $backend (curl -X POST $backend/steer says how to make it fail)"

# Decoding a picture needs ffmpeg, which this machine may lack.
picture=off
command -v ffmpeg ffprobe >/dev/null && picture=1m
export VEROLUX__CAMERAS__TARGETS="[{ id: demo, url: \"$address/open25\", expected_fps: 25, sample: 15s, picture: $picture, thumbnail: true }]"
export VEROLUX__BACKEND__TARGETS="[{ name: demo, url: \"$backend\", queue_stats_url: \"$backend/stats/queue\" }]"

dotnet "$2" &
exporter=$!
trap 'kill -TERM "$exporter" 2>/dev/null' INT TERM
wait "$exporter"
status=$?
# A signal ends the first wait; the exporter then still answers what it has begun.
while kill -0 "$exporter" 2>/dev/null; do
    wait "$exporter"
    status=$?
done
exit "$status"
