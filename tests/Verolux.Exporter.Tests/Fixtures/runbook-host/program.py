#!/usr/bin/python3 -IS
"""
The programs of the stack's host that a machine of the tests can't have, under the names by which the runbooks call them (each is a link to this file). What is asked of a server goes to the
server of the tests; everything else is answered as documented. An option, field, service or unit that the program's documentation doesn't have is refused, on standard error.
"""
import json
import os
import re
import sys

NAME = os.path.basename(sys.argv[0])
ARGUMENTS = sys.argv[1:]
with open(os.environ["RUNBOOK_HOST"], encoding="utf-8") as file:
    HOST = json.load(file)
COMPOSE_FILE = "docker-compose.production.yml"
SERVICES = HOST["services"]
UNITS = HOST["units"]
UUID = "GPU-8f7c2d3e-0000-0000-0000-000000000000"


def refuse(what):
    sys.exit(f"{NAME}: {what}: {' '.join(ARGUMENTS)}")


def run(program, arguments, **environment):
    """A real program, with all that it may start itself."""
    os.execvpe(program, [program, *arguments], {**os.environ, "PATH": HOST["path"], **environment})


def options(arguments, flags, valued):
    """What stands in front, and the rest. Letters may be joined, and a long option's value may follow an equals sign."""
    found = {}
    rest = list(arguments)
    while rest and rest[0].startswith("-") and rest[0] != "-":
        option = rest.pop(0)
        if option == "--":
            break
        name, equals, value = option.partition("=")
        if option in flags.split():
            found[option] = True
        elif name in valued.split() and equals:
            found[name] = value
        elif option in valued.split() and rest:
            found.setdefault(option, rest.pop(0))
        elif re.fullmatch("-[A-Za-z]{2,}", option) and f"-{option[1]}" in flags.split():
            found[f"-{option[1]}"] = True
            rest.insert(0, f"-{option[2:]}")
        else:
            refuse(f"unknown option {option}")
    return found, rest


def everywhere(arguments, flags, valued):
    """The same where options may also stand behind other arguments."""
    found, rest, others = {}, list(arguments), []
    while rest:
        more, rest = options(rest, flags, valued)
        found.update(more)
        if rest:
            others.append(rest.pop(0))
    return found, others


def log_of(wanted):
    with open(HOST["log"], encoding="utf-8") as lines:
        for line in lines:
            unit, _, text = line.rstrip("\n").partition("|")
            if unit in wanted:
                yield unit, text


# Docker

def container(service):
    number = SERVICES.index(service)
    return {
        "Id": f"{number:064x}", "ID": f"{number:012x}", "Name": f"/verolux-{service}-1", "Names": f"verolux-{service}-1", "Image": f"verolux/{service}:2.4.1", "Status": "Up 3 hours",
        "RunningFor": "3 hours ago", "Ports": f"0.0.0.0:{HOST['ports'].get(service, 1)}->{HOST['ports'].get(service, 1)}/tcp", "RestartCount": "0",
        "State": {"Status": "running", "ExitCode": "0", "OOMKilled": "false", "StartedAt": "2026-11-24T01:02:03.000000004Z", "Pid": str(HOST["pid"])},
        "Config": {"Image": f"verolux/{service}:2.4.1"},
        "HostConfig": {"Memory": "0", "NanoCpus": "0", "DeviceRequests": [{"Driver": "nvidia", "Count": -1}], "Runtime": "runc"},
        "Mounts": [{"Source": HOST["recordings"], "Destination": "/recordings", "RW": "true"}],
        "NetworkSettings": {"Networks": {"default": {"IPAddress": f"172.18.0.{number + 2}"}}},
    }


def look_up(of, path):
    for part in path.strip(".").split("."):
        if part not in of:
            refuse(f"no field {path}")
        of = of[part]
    return of


def expand(template, of, whole=None):
    """As much of Go's templates as the runbooks use: fields, json, println and a range."""
    whole = whole or of

    def value(term):
        return look_up(whole if term.startswith("$") else of, term.removeprefix("$"))

    def loop(match):
        several = value(match[1])
        return "".join(expand(match[2], one, whole) for one in (several.values() if isinstance(several, dict) else several))

    def action(match):
        words = match[1].split()
        if words[0] == "json":
            return json.dumps(value(words[1]))
        if words[0] == "println":
            return " ".join(str(value(w)) for w in words[1:]) + "\n"
        if len(words) == 1:
            return str(value(words[0]))
        return refuse(f"a template with {match[0]}")

    template = re.sub(r"\{\{range ([^}]+)\}\}(.*?)\{\{end\}\}", loop, template, flags=re.S)
    return re.sub(r"\{\{([^}]+)\}\}", action, template)


def table(format, rows, default):
    """A list as `--format` has it."""
    format = (format or default).replace("\\t", "\t")
    if format.startswith("table "):
        format = format.removeprefix("table ")
        print(re.sub(r"\{\{\.(\w+)\}\}", lambda field: field[1].upper(), format))
    for row in rows:
        print(expand(format, row))


def inspect(arguments):
    found, ids = options(arguments, "", "--format -f --type")
    known = {of[key].lstrip("/"): of for of in map(container, SERVICES) for key in ("Id", "ID", "Name")}
    if not ids:
        refuse('"docker inspect" requires at least 1 argument')
    for one in ids:
        print(expand(found["--format"], known.get(one) or refuse(f"no such object {one}")))


def docker(arguments):
    command, rest = arguments[0], arguments[1:]
    if command == "compose":
        compose(rest)
    elif command == "inspect":
        inspect(rest)
    elif command == "ps":
        found, _ = options(rest, "-a --all -q --quiet --no-trunc -l -s", "--format --filter -f -n")
        for_each = [container(s) for s in SERVICES]
        table("{{.ID}}" if "-q" in found else found.get("--format"), for_each, "table {{.ID}}\t{{.Image}}\t{{.RunningFor}}\t{{.Status}}\t{{.Ports}}\t{{.Names}}")
    elif command == "images":
        found, _ = options(rest, "-a -q --digests --no-trunc", "--format --filter -f")
        images = [{"CreatedAt": "2026-11-20 10:00:00 +0000 UTC", "CreatedSince": "4 days ago", "Repository": f"verolux/{s}", "Tag": "2.4.1", "ID": "0123456789ab", "Size": "1.2GB"} for s in SERVICES]
        table(found.get("--format"), images, "table {{.Repository}}\t{{.Tag}}\t{{.ID}}\t{{.CreatedSince}}\t{{.Size}}")
    elif command == "stats":
        found, _ = options(rest, "--no-stream -a --all --no-trunc", "--format")
        if "--no-stream" not in found:
            refuse("it never ends without --no-stream")
        usage = [{"Container": "0123456789ab", "Name": f"verolux-{s}-1", "CPUPerc": "12.50%", "MemUsage": "1.2GiB / 31GiB", "MemPerc": "3.87%", "NetIO": "1MB / 1MB", "BlockIO": "0B / 0B", "PIDs": "12"} for s in SERVICES]
        table(found.get("--format"), usage, "table {{.Container}}\t{{.Name}}\t{{.CPUPerc}}\t{{.MemUsage}}\t{{.MemPerc}}\t{{.NetIO}}\t{{.BlockIO}}\t{{.PIDs}}")
    elif command == "logs":
        _, names = everywhere(rest, "-f --follow -t --timestamps --details", "--since --until -n --tail")
        say(names, prefix=False)
    elif arguments[:2] == ["network", "ls"]:
        print("NETWORK ID     NAME              DRIVER    SCOPE\n0123456789ab   verolux_default   bridge    local")
    elif arguments[:2] == ["system", "df"]:
        print("TYPE            TOTAL     ACTIVE    SIZE      RECLAIMABLE\nImages          33        33        41.2GB    12.1GB (29%)\nBuild Cache     12        0         3.1GB     3.1GB")
    else:
        refuse("not a command that only reads")


def say(services, prefix):
    for service, text in log_of([s.removeprefix("verolux-").removesuffix("-1") for s in services] or SERVICES):
        print(f"{service}-1  | {text}" if prefix else text)


def check(services):
    for service in services:
        if service not in SERVICES:
            refuse(f"no such service {service}")
    return services


def compose(arguments):
    if arguments == ["ls"]:
        print("NAME                STATUS              CONFIG FILES\nverolux             running(33)         /opt/verolux/docker-compose.production.yml")
        return
    if arguments[:2] != ["-f", COMPOSE_FILE]:
        refuse(f"says not -f {COMPOSE_FILE}")
    command, rest = arguments[2], arguments[3:]
    if command == "exec":
        enter(rest)
    elif command == "ps":
        found, services = everywhere(rest, "-a --all -q --quiet --services --no-trunc --orphans", "--format --filter --status")
        if "-q" in found:
            for service in check(services) or SERVICES:
                print(container(service)["Id"])
            return
        print("NAME                  IMAGE                     COMMAND                  SERVICE      CREATED       STATUS       PORTS")
        for service in check(services) or SERVICES:
            print(f"verolux-{service}-1   verolux/{service}:2.4.1   \"/entrypoint\"   {service}   3 hours ago   Up 3 hours")
    elif command == "logs":
        found, services = everywhere(rest, "-f --follow --no-color --no-log-prefix -t --timestamps", "--since --until -n --tail --index")
        say(check(services), "--no-log-prefix" not in found)
    elif command == "images":
        _, services = everywhere(rest, "-q --quiet", "--format")
        print("CONTAINER   REPOSITORY   TAG   IMAGE ID   SIZE")
        for service in check(services):
            print(f"verolux-{service}-1   verolux/{service}   2.4.1   0123456789ab   1.2GB")
    elif command == "config":
        found, services = everywhere(rest, "--services --images --volumes -q --quiet", "--format")
        if services or len(found) != 1:
            refuse("unexpected")
        print("\n".join(SERVICES if "--services" in found else (f"verolux/{s}:2.4.1" for s in SERVICES)))
    else:
        refuse("not a command that only reads")


def enter(arguments):
    found, rest = [], list(arguments)
    terminal = True
    while rest and rest[0].startswith("-"):
        option = rest.pop(0)
        if option in ("-T", "--no-TTY"):
            terminal = False
        elif option in ("-e", "--env"):
            found.append(rest.pop(0))
        else:
            refuse(f"unknown option {option}")
    if terminal:
        refuse("the input device is not a TTY")
    service = check([rest.pop(0)])[0]
    # A container has nothing of the host's environment.
    environment = {name: os.environ[name] for name in ("RUNBOOK_HOST", "LC_ALL")}
    environment["PATH"] = os.path.join(HOST["containers"], service if os.path.isdir(os.path.join(HOST["containers"], service)) else "any")
    for one in found:
        name, equals, value = one.partition("=")
        if equals or name in os.environ:
            environment[name] = value if equals else os.environ[name]
    try:
        os.execvpe(rest[0], rest, environment)
    except FileNotFoundError:
        refuse(f'"{rest[0]}": executable file not found in $PATH')


# Servers

def server_of_rabbit():
    # Erlang takes a second to start, and loops ask the same again.
    import subprocess

    answers = os.path.join(HOST["answers"], re.sub("[^A-Za-z0-9_.-]", "_", " ".join([NAME, *ARGUMENTS])))
    if not os.path.exists(answers):
        ended = subprocess.run([f"/usr/lib/rabbitmq/bin/{NAME}", *ARGUMENTS], env={**os.environ, "PATH": HOST["path"], **HOST["rabbit"]}, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=False)
        if ended.returncode != 0:
            sys.stdout.buffer.write(ended.stdout)
            sys.exit(ended.returncode)
        with open(answers, "wb") as file:
            file.write(ended.stdout)
    with open(answers, "rb") as file:
        sys.stdout.buffer.write(file.read())


def redirected(arguments):
    for written, real in HOST["addresses"].items():
        arguments = [re.sub(re.escape(written) + r"(?!\d)", real, a) for a in arguments]
    return arguments


# The machine

def sudo(arguments):
    found, rest = options(arguments, "-v -n", "-u")
    if rest:
        try:
            os.execvp(rest[0], rest)
        except FileNotFoundError:
            sys.exit(f"sudo: {rest[0]}: command not found")
    elif not found:
        refuse("nothing to do")


def journalctl(arguments):
    found, rest = options(arguments, "-k --dmesg --no-pager --disk-usage", "-u --unit --since --until -n")
    if rest or "-u" in found and found["-u"] not in UNITS:
        refuse("no such unit")
    if "--disk-usage" in found:
        print("Archived and active journals take up 1.1G in the file system.")
        return
    for unit, text in log_of(["kernel" if "-k" in found else found["-u"]]):
        print(f"Nov 24 03:12:07 site-north {unit}: {text}")


def ping(arguments):
    found, rest = everywhere(arguments, "-q -n", "-c -W -i -s -w")
    if "-c" not in found or len(rest) != 1:
        refuse("it never ends without -c")
    print(f"PING {rest[0]} ({rest[0]}) 56(84) bytes of data.")
    if "-q" not in found:
        print(f"64 bytes from {rest[0]}: icmp_seq=1 ttl=64 time=0.021 ms")
    print(f"\n--- {rest[0]} ping statistics ---\n{found['-c']} packets transmitted, {found['-c']} received, 0% packet loss, time 2003ms\nrtt min/avg/max/mdev = 0.021/0.025/0.030/0.004 ms")


def listeners():
    print("State  Recv-Q Send-Q Local Address:Port  Peer Address:Port Process")
    for port in HOST["ports"].values():
        print(f'LISTEN 0      4096         0.0.0.0:{port:<5}      0.0.0.0:*    users:(("docker-proxy",pid=4242,fd=4))')


def getent(arguments):
    if arguments[0] != "ahosts" or len(arguments) < 2:
        refuse("unexpected")
    for name in arguments[1:]:
        if name not in [*SERVICES, "gate-a1.cameras.example"]:
            sys.exit(2)
        print(f"127.0.0.1       STREAM {name}\n127.0.0.1       DGRAM\n127.0.0.1       RAW")


# NVIDIA's, by `nvidia-smi --help`, `--help-query-gpu`, `--help-query-compute-apps` and the pages of `dmon` and `pmon`.

CARD = {
    "index": "0", "uuid": UUID, "name": "NVIDIA L4", "utilization.gpu": "97 %", "memory.used": "18021 MiB", "memory.total": "23034 MiB", "temperature.gpu": "71", "power.draw": "68.20 W",
    "fan.speed": "[N/A]", "clocks.sm": "1590 MHz", "clocks.max.sm": "2040 MHz", "power.limit": "72.00 W", "power.min_limit": "40.00 W", "power.max_limit": "72.00 W",
    "power.default_limit": "72.00 W", "pcie.link.width.current": "8", "pcie.link.width.max": "16",
}
APPLICATION = {"pid": str(HOST["pid"]), "process_name": "python3", "used_memory": "9012 MiB", "gpu_uuid": UUID}
DISPLAYS = {
    "PERFORMANCE": """    Performance State                     : P0
    Clocks Event Reasons
        SW Power Cap                      : Active
        HW Slowdown                       : Not Active
            HW Thermal Slowdown           : Not Active
            HW Power Brake Slowdown       : Not Active
        SW Thermal Slowdown               : Not Active""",
    "TEMPERATURE": """    Temperature
        GPU Current Temp                  : 71 C
        GPU T.Limit Temp                  : 14 C
        GPU Shutdown T.Limit Temp         : -5 C
        GPU Slowdown T.Limit Temp         : -2 C""",
    "ECC": """    ECC Errors
        Volatile
            DRAM Correctable              : 0
            DRAM Uncorrectable            : 0""",
    "ROW_REMAPPER": """    Remapped Rows
        Correctable Error                 : 0
        Uncorrectable Error               : 0
        Pending                           : No
        Remapping Failure Occurred        : No""",
}


def nvidia_smi(arguments):
    if arguments[:1] in (["dmon"], ["pmon"]):
        watch(arguments[0], arguments[1:])
        return
    found, rest = options(arguments, "-L --list-gpus -q --query", "-i --id -d --display --format --query-gpu --query-compute-apps")
    if rest:
        refuse("unexpected")
    if found.get("-i", UUID) not in (UUID, "0"):
        sys.exit(f"No devices were found")
    if "-L" in found:
        print(f"GPU 0: NVIDIA L4 (UUID: {UUID})")
    elif "-q" in found:
        print("GPU 00000000:01:00.0")
        for display in found["-d"].split(","):
            print(DISPLAYS.get(display) or refuse(f"no display {display}"))
    elif not found:
        print("| NVIDIA-SMI 550.90.12   Driver Version: 550.90.12   CUDA Version: 12.4 |\n|   0  NVIDIA L4   Off | 71C P0 68W / 72W | 18021MiB / 23034MiB | 97% Default |")
    else:
        rows, fields = (CARD, found["--query-gpu"]) if "--query-gpu" in found else (APPLICATION, found["--query-compute-apps"])
        style = found["--format"].split(",")
        if style[0] != "csv" or set(style) - {"csv", "noheader", "nounits"}:
            refuse("no such format")
        values = [rows.get(f) or refuse(f"Field \"{f}\" is not a valid field to query") for f in fields.split(",")]
        if "noheader" not in style:
            print(", ".join(fields.split(",")))
        print(", ".join(v.split()[0] if "nounits" in style else v for v in values))


def watch(kind, arguments):
    found, rest = options(arguments, "", "-i -s -c -d")
    if rest or "-c" not in found or set(found.get("-s", "u")) - set("pucvmet" if kind == "dmon" else "um"):
        refuse("unexpected")
    if kind == "dmon":
        print("# gpu    pwr  gtemp  mtemp     sm    mem    enc    dec\n# Idx      W      C      C      %      %      %      %\n    0     68     71      -     97     40      0     35")
    else:
        print(f"# gpu         pid  type    sm   mem   enc   dec   command\n# Idx           #   C/G     %     %     %     %   name\n    0 {HOST['pid']:>11}     C    97    40     -    35   python3")


def openssl(arguments):
    if arguments[0] != "s_client":
        run("/usr/bin/openssl", arguments)
    _, rest = options(arguments[1:], "", "-connect -servername -starttls")
    if rest:
        refuse("unexpected")
    with open(HOST["certificate"], encoding="ascii") as file:
        print(f"CONNECTED(00000003)\n---\n{file.read()}---")


def fixed(pattern, answer):
    if not re.fullmatch(pattern, " ".join(ARGUMENTS)):
        refuse("unexpected")
    print(answer)


PROGRAMS = {
    "docker": lambda: docker(ARGUMENTS),
    "psql": lambda: run(HOST["postgres"]["programs"] + "/psql", ARGUMENTS, **HOST["postgres"]["environment"]),
    "pg_isready": lambda: run(HOST["postgres"]["programs"] + "/pg_isready", ARGUMENTS, **HOST["postgres"]["environment"]),
    "redis-cli": lambda: run("/usr/bin/redis-cli", ["-h", "127.0.0.1", "-p", str(HOST["redis"]), *ARGUMENTS]),
    "rabbitmqctl": server_of_rabbit,
    "rabbitmq-diagnostics": server_of_rabbit,
    "curl": lambda: run("/usr/bin/curl", redirected(ARGUMENTS)),
    "python3": lambda: run("/usr/bin/python3", redirected(ARGUMENTS)),
    "verolux-exporter": lambda: run(HOST["exporter"][0], [*HOST["exporter"][1:], *ARGUMENTS]),
    "nvidia-smi": lambda: nvidia_smi(ARGUMENTS),
    "sudo": lambda: sudo(ARGUMENTS),
    "nsenter": lambda: os.execvp(ARGUMENTS[3], ARGUMENTS[3:]) if re.fullmatch(r"-t \d+ -n", " ".join(ARGUMENTS[:3])) else refuse("unexpected"),
    "journalctl": lambda: journalctl(ARGUMENTS),
    "dmesg": lambda: [print(f"[Tue Nov 24 03:12:07 2026] {text}") for _, text in log_of(["kernel"])] if ARGUMENTS == ["-T"] else refuse("unexpected"),
    "systemctl": lambda: fixed(rf"is-active ({'|'.join(UNITS)})", "active"),
    "openssl": lambda: openssl(ARGUMENTS),
    "getent": lambda: getent(ARGUMENTS),
    "ip": lambda: fixed(r"neigh show \S+", "127.0.0.1 dev eno1 lladdr 00:11:22:33:44:55 REACHABLE") if ARGUMENTS[:1] == ["neigh"] else run("ip", ARGUMENTS),
    "ss": lambda: listeners() if ARGUMENTS in (["-ltn"], ["-ltnp"]) else run("ss", ARGUMENTS),
    "ping": lambda: ping(ARGUMENTS),
    # One sample: the others take a second each.
    "vmstat": lambda: run("/usr/bin/vmstat", []) if re.fullmatch(r"\d+ \d+", " ".join(ARGUMENTS)) else refuse("unexpected"),
    "traceroute": lambda: fixed(r"-n -w 2 -q 1 -m 10 \S+", " 1  127.0.0.1  0.021 ms"),
    "resolvectl": lambda: fixed(r"query \S+", "gate-a1.cameras.example: 127.0.0.1"),
    "lspci": lambda: fixed(r"-nn -d 10de:", "01:00.0 3D controller [0302]: NVIDIA Corporation AD104GL [L4] [10de:27b8] (rev a1)"),
    "dkms": lambda: fixed("status", "nvidia/550.90.12, 6.1.0-27-amd64, x86_64: installed"),
    "modinfo": lambda: fixed("-F version nvidia", "550.90.12"),
    "ipmitool": lambda: fixed(r"sdr type (temperature|fan|Power Supply)|sel list", "Inlet Temp | 04h | ok | 7.1 | 24 degrees C"),
    "smartctl": lambda: fixed(r"-H -A /\S+", "SMART overall-health self-assessment test result: PASSED"),
    "iptables": lambda: fixed("-S DOCKER-USER", "-N DOCKER-USER"),
    "nft": lambda: fixed("list ruleset", "tcp dport 5432 accept"),
    "git": lambda: fixed(r"log -3 --format=\S+ \S+ \S+ -- docker-compose.production.yml", "0123abc Mon Nov 23 10:00:00 2026 +0000 Deploy 2.4.1"),
}
PROGRAMS[NAME]()
