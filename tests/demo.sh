#!/usr/bin/env bash
# demo.sh start SITE.dll EXPORTER.dll [SPEED]   the whole site on loopback, until Ctrl-C; the rules' durations are divided by SPEED
# demo.sh break WHAT                            breaks it
# demo.sh mend [WHAT]                           mends that, or everything that is broken
set -euo pipefail
cd "$(dirname "$0")/.."
# Where everything is that it makes; tests have it elsewhere.
demo=${DEMO:-$PWD/build/demo}
pg_bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1 || true)
password=demo-secret
disk_bytes=$((16 * 1024 * 1024))
storm_cameras=20
declare -A breaks=(
    [camera]="a camera's password is changed"
    [gpu]="a graphics card is busy all the time, and hot"
    [database]="PostgreSQL is stopped"
    [queue]="12,000 messages are published that nobody takes"
    [api]="the back end's /health answers 503"
    [storm]="the $storm_cameras cameras on one switch go and come back"
    [storage]="a disk fills up"
    [inference]="the back end infers 12 frames a second"
)
order=(camera gpu database queue api storm storage inference)

fail() {
    echo "demo: $*" >&2
    exit 1
}

# A running process by its id and when it was started, for in time the id alone means another one.
identify() {
    local stat
    read -r -a stat < <(sed 's/.*) //' "/proc/$1/stat" 2>/dev/null) && [ "${stat[0]}" != Z ] && echo "$1 ${stat[19]}"
}

# The process id of a part; fails when it has ended.
pid_of() {
    local pid start
    read -r pid start 2>/dev/null <"$demo/pids/$1" && [ "$(identify "$pid")" = "$pid $start" ] && echo "$pid"
}

# A part runs until it is stopped by its process id.
run() {
    local name=$1 pid
    shift
    "$@" >>"$demo/log/$name.log" 2>&1 </dev/null 9<&- &
    pid=$!
    identify "$pid" >"$demo/pids/.$name" || true
    # Whole when it is there, since somebody watches; and without a word from bash when it is killed.
    mv "$demo/pids/.$name" "$demo/pids/$name"
    disown "$pid" 2>/dev/null || true
}

# end NAME SIGNAL [-]: ends a part, with a hyphen its whole process group, and is back when it is gone, which takes ten seconds at most. Whoever watches must
# not take it for one that has ended by itself.
end() {
    local pid identity
    pid=$(pid_of "$1" 2>/dev/null) || pid=
    rm -f "$demo/pids/$1"
    [ -n "$pid" ] || return 0
    identity=$(identify "$pid") || return 0
    kill -s "$2" -- "${3:-}$pid" 2>/dev/null || true
    for _ in {1..100}; do
        [ "$(identify "$pid")" = "$identity" ] || return 0
        sleep 0.1
    done
    kill -s KILL -- "${3:-}$pid" 2>/dev/null || true
}

# Ends it where somebody wants that: only between two steps, or what has just begun would be forgotten.
interrupted=
go_on() {
    [ -z "$interrupted" ] || exit 0
}

# Asks until a part is there, for at most a minute.
await() {
    local name=$1
    shift
    for _ in {1..600}; do
        go_on
        "$@" >/dev/null 2>&1 && return
        pid_of "$name" >/dev/null || break
        sleep 0.1
    done
    tail -n 20 "$demo/log/$name.log" >&2
    fail "$name does not start; its log is $demo/log/$name.log"
}

# Copies a shipped file with every occurrence of some texts replaced; one that is not there any more is an error.
ship() {
    local text
    text=$(cat "$1")
    mkdir -p "$(dirname "$2")"
    local from=$1 to=$2
    shift 2
    while [ $# -gt 0 ]; do
        [[ $text == *"$1"* ]] || fail "$from says nowhere \"$1\" any more"
        text=${text//"$1"/"$2"}
        shift 2
    done
    printf '%s\n' "$text" >"$to"
}

# Sets a variable to the first port from a well-known one on that is free.
taken=" "
port() {
    local port=$2
    while [[ $taken == *" $port "* ]] || (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do
        port=$((port + 1))
    done
    taken+="$port "
    printf -v "$1" %s "$port"
    echo "$1=$port" >>"$demo/state"
}

post() {
    curl -fsS -m 60 -X POST -o /dev/null "$@"
}

broker() {
    curl -fsS -m 10 -u "verolux:$password" -H 'Content-Type: application/json' -o /dev/null -X "$1" "http://127.0.0.1:$rabbitmq_management_port/api/$2" "${@:3}"
}

run_postgres() {
    cd /
    run PostgreSQL setpriv --reuid=postgres --regid=postgres --init-groups "$pg_bin/postgres" -D "$pg_folder/data" -p "$postgres_port" \
        -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off
    cd "$OLDPWD"
    await PostgreSQL "$pg_bin/pg_isready" -q -h 127.0.0.1 -p "$postgres_port"
}

start_postgres() {
    install -o postgres -m 600 /dev/null "$pg_folder/password"
    echo "$password" >"$pg_folder/password"
    install -d -o postgres -m 700 "$pg_folder/data"
    (cd / && setpriv --reuid=postgres --regid=postgres --init-groups "$pg_bin/initdb" -D "$pg_folder/data" -U verolux --pwfile="$pg_folder/password" \
        -A scram-sha-256 -E UTF8 --locale=C.UTF-8 --no-sync) >"$demo/log/PostgreSQL.log" 2>&1 || { cat "$demo/log/PostgreSQL.log" >&2 && fail "PostgreSQL makes no cluster"; }
    run_postgres
    PGPASSWORD=$password "$pg_bin/psql" -q -h 127.0.0.1 -p "$postgres_port" -U verolux postgres \
        -c "CREATE ROLE verolux_exporter LOGIN PASSWORD '$password' IN ROLE pg_monitor"
    secret postgres "postgresql://verolux_exporter:$password@127.0.0.1:$postgres_port/postgres"
}

start_redis() {
    mkdir "$demo/redis"
    printf 'bind 127.0.0.1\nport %s\nrequirepass %s\nmaxmemory 256mb\nsave ""\ndir %s\ndaemonize no\n' "$redis_port" "$password" "$demo/redis" >"$demo/redis/redis.conf"
    run Redis redis-server "$demo/redis/redis.conf"
    secret redis "$password"
}

# A script that starts others, so it gets a process group. Erlang's name server is started here, because RabbitMQ would leave its own behind.
start_rabbitmq() {
    local folder=$demo/rabbitmq
    mkdir "$folder"
    cat >"$folder/rabbitmq.conf" <<CONF
listeners.tcp.1 = 127.0.0.1:$rabbitmq_port
management.tcp.ip = 127.0.0.1
management.tcp.port = $rabbitmq_management_port
default_user = verolux
default_pass = $password
loopback_users = none
log.console = true
log.file = false
disk_free_limit.absolute = 50MB
vm_memory_high_watermark.absolute = 1GB
collect_statistics_interval = 1000
CONF
    echo '[rabbitmq_management].' >"$folder/enabled_plugins"
    run epmd epmd -address 127.0.0.1 -port "$epmd_port"
    await epmd epmd -port "$epmd_port" -names
    run RabbitMQ setsid env HOME="$folder" LC_ALL=C.UTF-8 ERL_EPMD_ADDRESS=127.0.0.1 ERL_EPMD_PORT="$epmd_port" RABBITMQ_NODENAME="demo$rabbitmq_port@localhost" \
        RABBITMQ_CONF_ENV_FILE=/dev/null RABBITMQ_CONFIG_FILE="$folder/rabbitmq.conf" RABBITMQ_ENABLED_PLUGINS_FILE="$folder/enabled_plugins" \
        RABBITMQ_MNESIA_BASE="$folder/mnesia" RABBITMQ_LOG_BASE="$folder/log" RABBITMQ_DIST_PORT="$erlang_port" RABBITMQ_PID_FILE="$folder/pid" \
        RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS='-kernel inet_dist_use_interface {127,0,0,1}' /usr/lib/rabbitmq/bin/rabbitmq-server
    secret amqp "amqp://verolux:$password@127.0.0.1:$rabbitmq_port"
}

await_rabbitmq() {
    await RabbitMQ broker GET "health/checks/port-listener/$rabbitmq_port"
    for queue in default heavy reports; do
        broker PUT "queues/%2F/$queue" -d '{"durable":true}'
    done
}

start_site() {
    run site dotnet "$site_dll" --port "$site_port" --routing-key "$routing_key" --rtsp-port "$rtsp_port" --cameras "$storm_cameras"
    await site curl -fsS -o /dev/null "http://127.0.0.1:$site_port/health"
    for camera in gate_a1 gate_a2 $(seq -f yard_%g "$storm_cameras"); do
        post "http://127.0.0.1:$site_port/steer?camera=$camera&alive=true"
    done
}

secret() {
    (umask 077 && printf '%s\n' "$2" >"$demo/deploy/secrets/$1")
}

start_exporter() {
    mkdir -p "$demo/nvml" "$demo/data"
    gcc -shared -fPIC -O1 -o "$demo/nvml/libnvidia-ml.so.1" tests/Verolux.Exporter.Site/Gpu/nvml.c -lpthread
    gpu 42 0
    secret camera cam-secret
    local yard="" picture=""
    # Decodes pictures where there is something to do it with.
    ! command -v ffmpeg >/dev/null || picture=", picture: 10s"
    secret heartbeat_url "http://127.0.0.1:$site_port/pages"
    echo recorded >"$demo/disk/earlier.mp4"
    for ((i = 1; i <= storm_cameras; i++)); do
        yard+="    - { id: yard_$i, url: 'rtsp://127.0.0.1:$rtsp_port/cam$((i - 1))', switch: sw3 }"$'\n'
    done
    cat >"$demo/deploy/verolux.yml" <<CONF
listen: 127.0.0.1:$exporter_port
public_url: http://127.0.0.1:$exporter_port/
site: north
cameras:
  interval: 2s
  timeout: 2s
  targets:
    - { id: gate_a1, url: 'rtsp://127.0.0.1:$rtsp_port/digest_sha256', username: admin, password_file: secrets/camera, expected_fps: 25, switch: sw1, sample: 10s }
    - { id: gate_a2, url: 'rtsp://127.0.0.1:$rtsp_port/open25', expected_fps: 25, switch: sw1, sample: 10s$picture }
$yard
storage: { targets: [{ path: $demo/disk, recordings: true, interval: 2s, timeout: 2s }] }
gpu: { enabled: true, interval: 2s, timeout: 2s }
postgres: { targets: [{ name: main, connection_string_file: secrets/postgres, interval: 2s, timeout: 2s }] }
redis: { targets: [{ name: main, address: '127.0.0.1:$redis_port', password_file: secrets/redis, interval: 2s, timeout: 2s }] }
rabbitmq: { targets: [{ name: main, uri_file: secrets/amqp, management_url: 'http://127.0.0.1:$rabbitmq_management_port', queues: [default, heavy, reports], interval: 2s, timeout: 2s }] }
backend: { targets: [{ name: backend, url: 'http://127.0.0.1:$site_port', queue_stats_url: 'http://127.0.0.1:$site_port/stats/queue', interval: 2s, timeout: 2s }] }
runbooks: { path: $PWD/runbooks }
alerts:
  store: ../data/verolux.db
  alertmanagers: { main: { url: 'http://127.0.0.1:$alertmanager_port' } }
  prometheus_url: http://127.0.0.1:$prometheus_port
  heartbeat_url_file: secrets/heartbeat_url
  destinations: { pagerduty: { type: pagerduty, routing_key_file: secrets/pagerduty_routing_key, url: 'http://127.0.0.1:$site_port/v2/enqueue' } }
  levels: { L1: [pagerduty] }
CONF
    run exporter env LD_LIBRARY_PATH="$demo/nvml" STAND_IN_FILE="$demo/nvml/says" dotnet "$exporter_dll" --config "$demo/deploy/verolux.yml"
    await exporter curl -fsS -o /dev/null "http://127.0.0.1:$exporter_port/metrics"
}

# What card 0 says: how busy it is in percent, and NVML's bits for why its clocks are held back. The back end computes on it.
gpu() {
    printf '0 %s nvmlDeviceGetUtilizationRates value\n0 %s nvmlDeviceGetCurrentClocksEventReasons value\n0 1 Compute processes 0\n0 %s Compute id 0\n0 8000000000 Compute memory 0\n' \
        "$1" "$2" "$(pid_of site)" >"$demo/nvml/says.new"
    mv "$demo/nvml/says.new" "$demo/nvml/says"
}

# The shipped files, faster. Alertmanager is there before the exporter, which asks it, and Prometheus after everything that it looks at.
start_alertmanager() {
    secret alertmanager_token unused
    secret pagerduty_routing_key "$routing_key"
    ship deploy/alertmanager/alertmanager.yml "$demo/deploy/alertmanager/alertmanager.yml" \
        127.0.0.1:9877 "127.0.0.1:$exporter_port" \
        '- routing_key_file: /etc/prometheus/pagerduty_routing_key' "- routing_key_file: $demo/deploy/secrets/pagerduty_routing_key"$'\n'"        url: http://127.0.0.1:$site_port/v2/enqueue" \
        'group_interval: 30s' 'group_interval: 5s' \
        'repeat_interval: 25s' 'repeat_interval: 4s'
    run Alertmanager prometheus-alertmanager --config.file="$demo/deploy/alertmanager/alertmanager.yml" --storage.path="$demo/alertmanager" \
        --web.listen-address="127.0.0.1:$alertmanager_port" --cluster.listen-address=
    await Alertmanager curl -fsS -o /dev/null "http://127.0.0.1:$alertmanager_port/-/ready"
}

start_prometheus() {
    secret scrape_token unused
    dotnet "$exporter_dll" rules alert-rules --runbooks runbooks --out "$demo/alert-rules" --public-url "http://127.0.0.1:$exporter_port/" --speed "$speed"
    # The sums for the objectives' 30 days, which are too rare for a demonstration.
    ship "$demo/alert-rules/slo.rules.yml" "$demo/alert-rules/slo.rules.yml" 'interval: 5m' 'interval: 5s'
    ship deploy/prometheus/prometheus.yml "$demo/deploy/prometheus/prometheus.yml" \
        127.0.0.1:9877 "127.0.0.1:$exporter_port" \
        127.0.0.1:9090 "127.0.0.1:$prometheus_port" \
        127.0.0.1:9093 "127.0.0.1:$alertmanager_port" \
        'scrape_interval: 15s' 'scrape_interval: 1s' \
        'evaluation_interval: 15s' 'evaluation_interval: 1s' \
        'scrape_timeout: 10s' 'scrape_timeout: 1s'
    run Prometheus prometheus --config.file="$demo/deploy/prometheus/prometheus.yml" --storage.tsdb.path="$demo/prometheus" \
        --web.listen-address="127.0.0.1:$prometheus_port" --rules.alert.resend-delay=5s
    await Prometheus curl -fsS -o /dev/null "http://127.0.0.1:$prometheus_port/-/ready"
}

start() {
    site_dll=$1 exporter_dll=$2 speed=${3:-20} routing_key=$(printf 'e%.0s' {1..32})
    [ "$(id -u)" = 0 ] || fail "needs root, to mount a small disk and to run PostgreSQL as its own user: sudo make demo"
    ! running || fail "it runs already"
    stop
    trap stop EXIT
    trap 'interrupted=yes' INT TERM HUP
    rm -rf "$demo"
    mkdir -p "$demo"/{pids,log,broken,disk,deploy/secrets}
    identify $$ >"$demo/pids/demo"
    echo "speed=$speed" >"$demo/state"
    # The user postgres must get to its data, which it does not where the checkout is in somebody's home.
    pg_folder=$(mktemp -d -t verolux-demo-XXXXXX)
    chmod 711 "$pg_folder"
    echo "pg_folder=$pg_folder" >>"$demo/state"
    mount -t tmpfs -o size=$disk_bytes tmpfs "$demo/disk"
    # A port is free until its part listens, which takes a while: of two demos that start together on a machine, one waits.
    exec 9</tmp
    flock 9
    port exporter_port 9877
    port prometheus_port 9090
    port alertmanager_port 9093
    port site_port 8000
    port rtsp_port 8554
    port postgres_port 5432
    port redis_port 6379
    port rabbitmq_port 5672
    port rabbitmq_management_port 15672
    port epmd_port 4369
    port erlang_port 25672

    echo "Starting PostgreSQL, Redis, RabbitMQ, cameras, the back end, PagerDuty's stand-in, the exporter, Alertmanager and Prometheus ..."
    start_rabbitmq
    start_postgres
    start_redis
    start_site
    await_rabbitmq
    start_alertmanager
    start_exporter
    start_prometheus
    exec 9<&-
    greet
    # What the site says beside where it listens is pages. This ends with it.
    tail -n +1 -f --pid="$(pid_of site)" "$demo/log/site.log" | grep --line-buffered -v ' listens\? on ' &
    watch
}

greet() {
    cat <<TEXT

  The exporter     http://127.0.0.1:$exporter_port/           runbooks, cameras; /metrics
  Prometheus       http://127.0.0.1:$prometheus_port/alerts     the shipped rules, $speed times as fast
  Alertmanager     http://127.0.0.1:$alertmanager_port/
  Pages            http://127.0.0.1:$site_port/pages      what PagerDuty's stand-in has got; shown below as they come
  The back end     http://127.0.0.1:$site_port/health     simulated, as are the cameras: rtsp://127.0.0.1:$rtsp_port/cam0
  PostgreSQL :$postgres_port   Redis :$redis_port   RabbitMQ :$rabbitmq_port, management http://127.0.0.1:$rabbitmq_management_port (verolux, $password)
  Logs and configuration are in $demo.

In another terminal:
$(list)
  make mend WHAT=camera      or make mend, for everything that is broken
  dotnet $exporter_dll drill --config $demo/deploy/verolux.yml
                             sends a test along the whole path of an alert, Alertmanager to pager, and tells of each hop
Ctrl-C stops it all.

TEXT
}

list() {
    for what in "${order[@]}"; do
        printf '  make break WHAT=%-10s %s\n' "$what" "${breaks[$what]}"
    done
}

# Until a part ends that nobody has ended.
watch() {
    local name
    while true; do
        sleep 1 &
        wait $! || true
        go_on
        for file in "$demo"/pids/*; do
            name=${file##*/}
            # A part that is ended on purpose has no such file any more.
            if ! pid_of "$name" >/dev/null && [ -e "$file" ]; then
                tail -n 10 "$demo/log/$name.log" >&2 || true
                fail "$name has ended; its log is $demo/log/$name.log"
            fi
        done
    done
}

stop() {
    trap '' INT TERM HUP
    local name
    # Those that speak to others first.
    for name in Prometheus Alertmanager exporter site Redis; do
        end "$name" TERM
    done
    end PostgreSQL INT
    # In good order RabbitMQ takes seconds, and nothing of it is kept.
    end RabbitMQ KILL -
    end epmd TERM
    rm -f "$demo/pids/demo"
    umount -l "$demo/disk" 2>/dev/null || true
    pg_folder=${pg_folder:-$(sed -n 's/^pg_folder=//p' "$demo/state" 2>/dev/null || true)}
    [ -z "$pg_folder" ] || rm -rf "$pg_folder"
    pg_folder=
    trap - INT TERM HUP
}

running() {
    pid_of demo >/dev/null
}

# expect ALERT SEVERITY SECONDS SCENARIO: which page comes, and when, from the seconds of the rule's `for`.
expect() {
    echo "In about $(($3 / speed + 6)) seconds: $1 ($2), scenario $4."
}

break_it() {
    case $1 in
        camera)
            post "http://127.0.0.1:$site_port/cameras/digest_sha256?becomes=password_changed"
            expect CameraOffline critical 600 credentials-changed
            ;;
        gpu)
            gpu 99 $((0x20))
            expect GPUSaturation critical 600 throttled-by-heat
            ;;
        database)
            end PostgreSQL INT
            expect DatabaseDown critical 60 not-running
            ;;
        queue)
            post "http://127.0.0.1:$site_port/publish?uri=amqp://verolux:$password@127.0.0.1:$rabbitmq_port&queue=heavy&messages=12000"
            expect QueueBacklog critical 300 no-consumers
            ;;
        api)
            post "http://127.0.0.1:$site_port/steer?path=/health&status=503"
            expect APIDown critical 60 server-errors
            ;;
        storm)
            for ((i = 0; i < storm_cameras; i++)); do
                post "http://127.0.0.1:$site_port/cameras/cam$i?becomes=flapping"
            done
            expect RTSPStorm warning 120 one-switch
            ;;
        storage)
            head -c $((disk_bytes * 92 / 100)) /dev/zero >"$demo/disk/recording.mp4"
            expect StorageNearFull warning 600 filling-fast
            ;;
        inference)
            post "http://127.0.0.1:$site_port/steer?fps=12"
            expect SlowInference warning 900 since-a-deployment
            [ ! -e "$demo/broken/api" ] && [ ! -e "$demo/broken/gpu" ] || echo "APIDown and GPUSaturation tell why inference is slow, and keep this page back: mend api and gpu."
            ;;
    esac
    touch "$demo/broken/$1"
}

mend_it() {
    case $1 in
        camera) post "http://127.0.0.1:$site_port/cameras/digest_sha256?becomes=digest_sha256" ;;
        gpu) gpu 42 0 ;;
        database) [ -e "$demo/pids/PostgreSQL" ] || run_postgres ;;
        queue) broker DELETE queues/%2F/heavy/contents ;;
        api) post "http://127.0.0.1:$site_port/steer?path=/health&status=200" ;;
        storm)
            for ((i = 0; i < storm_cameras; i++)); do
                post "http://127.0.0.1:$site_port/cameras/cam$i?becomes=open25"
            done
            ;;
        storage) rm -f "$demo/disk/recording.mp4" ;;
        inference) post "http://127.0.0.1:$site_port/steer?fps=27.8" ;;
    esac
    rm -f "$demo/broken/$1"
    echo "Mended: $1."
}

# WHAT is one of the eight, and the demo is there to be broken.
check() {
    [ -n "${breaks[${1:-none}]:-}" ] || { printf 'WHAT is one of:\n%s\n' "$(list)" >&2 && exit 2; }
}

case ${1:-} in
    start)
        [ $# -ge 3 ] || fail "start SITE.dll EXPORTER.dll [SPEED]"
        start "${@:2}"
        ;;
    break)
        check "${2:-}"
        running || fail "it is not running: start it in another terminal with \`make demo\`"
        # shellcheck disable=SC1091
        source "$demo/state"
        echo "Broken: ${breaks[$2]}."
        break_it "$2"
        ;;
    mend)
        [ -z "${2:-}" ] || check "$2"
        running || fail "it is not running: \`make demo\` starts it"
        # shellcheck disable=SC1091
        source "$demo/state"
        for what in ${2:-$(ls "$demo/broken")}; do
            mend_it "$what"
        done
        ;;
    *)
        fail "start, break or mend?"
        ;;
esac
