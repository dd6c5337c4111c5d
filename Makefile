# Two commands are all a new machine needs: `make run` and `make test`.
.DELETE_ON_ERROR:
.PHONY: run demo break mend build native test test-site test-native screenshots fuzz mutate chaos bench rules dashboards format check-format clean

CONFIGURATION := Release
APP := src/Verolux.Exporter/bin/$(CONFIGURATION)/net10.0/verolux-exporter.dll
SITE := tests/Verolux.Exporter.Site/bin/$(CONFIGURATION)/net10.0/Verolux.Exporter.Site.dll
NATIVE := build/native/verolux-exporter
DASHBOARDS := src/Verolux.Exporter.Dashboards/bin/$(CONFIGURATION)/net10.0/Verolux.Exporter.Dashboards.dll
TESTS := tests/Verolux.Exporter.Tests/bin/$(CONFIGURATION)/net10.0/Verolux.Exporter.Tests
BENCHMARKS := tests/Verolux.Exporter.Benchmarks/bin/$(CONFIGURATION)/net10.0/Verolux.Exporter.Benchmarks
SITE_SOURCES := $(shell find tests/Verolux.Exporter.Site -type f -not -path '*/bin/*' -not -path '*/obj/*') Directory.Build.props Directory.Packages.props
SOURCES := $(shell find src runbooks -type f -not -path '*/bin/*' -not -path '*/obj/*') Directory.Build.props Directory.Packages.props
# What `dotnet build` does, without its summary.
MSBUILD := dotnet msbuild -restore -nologo -verbosity:quiet -property:Configuration=$(CONFIGURATION)
# Options of `make rules` and `make dashboards`: what links to the exporter start with; and of `make rules`, by what to divide durations (for tests and demos: make
# rules SPEED=60 OUT=build/rules).
PUBLIC_URL := http://127.0.0.1:9877/
SPEED := 1
OUT := alert-rules

export DOTNET_CLI_TELEMETRY_OPTOUT := 1
export DOTNET_NOLOGO := 1

# Watches this machine, and a simulated camera and back end, on http://127.0.0.1:9877, with its store in ./data. CONFIG=verolux.yml runs a configuration file instead.
run: $(APP) $(if $(CONFIG),,$(SITE))
	@$(if $(CONFIG),exec dotnet $(APP) --config $(CONFIG),exec tests/run-demo.sh $(SITE) $(APP))

# The whole site on loopback, with the shipped rules twenty times as fast: real databases and broker, Prometheus and Alertmanager, simulated cameras, back end,
# graphics card and PagerDuty. Break it from another terminal, and see who is paged for what.
demo: build/demo-tools $(APP) $(SITE)
	@exec tests/demo.sh start $(SITE) $(APP)

# WHAT=camera, gpu, database, queue, api, storm, storage or inference.
break:
	@exec tests/demo.sh break $(WHAT)

# Without WHAT: everything that is broken.
mend:
	@exec tests/demo.sh mend $(WHAT)

$(APP): $(SOURCES)
	@echo "Building (once; about half a minute) ..."
	@$(MSBUILD) src/Verolux.Exporter
	@touch $(APP)

$(SITE): $(SITE_SOURCES)
	@$(MSBUILD) tests/Verolux.Exporter.Site
	@touch $(SITE)

build:
	@$(MSBUILD)

# The service as machine code, in one file that needs no runtime and half the memory. Takes minutes.
native: $(NATIVE)

$(NATIVE): $(SOURCES)
	@tests/install-tools.sh gcc libc6-dev
	dotnet publish src/Verolux.Exporter -c $(CONFIGURATION) --use-current-runtime --artifacts-path build/artifacts -p:PublishAot=true -p:CppCompilerAndLinker=gcc -o $(@D) -nologo -v quiet

# The tests that start the service as a process of its own, with the native one.
test-native: build/tools build/npm build $(NATIVE)
	VEROLUX_EXPORTER=$(abspath $(NATIVE)) $(TESTS) --filter "FullyQualifiedName~EndToEnd|FullyQualifiedName~Tests.Commands|FullyQualifiedName~Tests.Pages"

# Installs what the tests need from Debian, builds everything with warnings as errors, checks the formatting and runs every test but those of a whole site and of much chaos.
test: build/tools build/newest build/npm build check-format
	$(TESTS) --filter "TestCategory!=Site&TestCategory!=Chaos&TestCategory!=Screenshots"

# The demo, and some twenty causes from the breakage to the page, each over a whole site: minutes, and for a machine that has nothing else to do.
test-site: build/tools build/npm build
	$(TESTS) --filter "TestCategory=Site"

# The README's pictures, made of the demo while it is broken. Minutes.
screenshots: build/tools build/npm build
	$(TESTS) --filter "TestCategory=Screenshots"

# A million mutated inputs for each parser of what cameras send, and for the webhook, some of them over HTTP into a store. One line each: fuzz NAME inputs N crashes N.
# FUZZ_SEED=2 tries others.
FUZZ_INPUTS := 1000000
fuzz: build
	@FUZZ_INPUTS=$(FUZZ_INPUTS) $(TESTS) --filter "FullyQualifiedName~FuzzTests"

# Breaks every rule in every way of a closed list, which its cases must notice. One line a file: mutate NAME mutants N killed N equivalent N survived N. ONLY=storage breaks one file.
mutate: build/tools build
	@MUTATE=$(or $(ONLY),all) $(TESTS) --progress off --filter "FullyQualifiedName~RuleMutationTests.Every_mutant_dies"

# What takes minutes to throw at the receiver, which must lose nothing of it. One line each: chaos NAME thrown N lost N. ONLY=kill or ONLY=storm runs one; CHAOS_SEED=2 leaves
# other things to chance (a failure names the seed that repeats it).
chaos: build/tools build
	@$(TESTS) --progress off --filter "TestCategory=Chaos$(if $(ONLY),&TestCategory=$(ONLY))"

TOOLS := prometheus prometheus-alertmanager bindfs chromium ffmpeg vlc-bin vlc-plugin-base python3-gi gir1.2-gst-rtsp-server-1.0 gir1.2-gst-plugins-base-1.0 \
	gstreamer1.0-plugins-base gstreamer1.0-plugins-good gstreamer1.0-plugins-bad postgresql redis-server rabbitmq-server gcc libc6-dev \
	curl jq lsof iproute2 procps openssl git systemd
DEMO_TOOLS := prometheus prometheus-alertmanager postgresql redis-server rabbitmq-server gcc libc6-dev curl
BENCH_TOOLS := prometheus-alertmanager prometheus-pushgateway wrk prometheus-blackbox-exporter prometheus-node-exporter prometheus-postgres-exporter prometheus-redis-exporter \
	postgresql redis-server $(filter ffmpeg python3-gi gir1.2-gst-% gstreamer1.0-%,$(TOOLS))

build/tools: Makefile
	@tests/install-tools.sh $(TOOLS)
	@mkdir -p build && touch $@

build/demo-tools: Makefile
	@tests/install-tools.sh $(DEMO_TOOLS)
	@mkdir -p build && touch $@
# The newest versions at hand of what Debian 12 has older ones of.
build/newest: tests/install-newest.sh
	@tests/install-newest.sh $@

# What judges pages and dashboards, from the npm registry.
build/npm: tests/install-npm.sh tests/npm/package.json tests/npm/package-lock.json
	@tests/install-npm.sh $@

build/bench-tools: Makefile
	@tests/install-tools.sh $(BENCH_TOOLS)
	@mkdir -p build && touch $@

# One line a figure: bench NAME VALUE reach <=LIMIT ok (or short). ONLY=NAME runs one, or all whose names begin with it and a hyphen.
bench: build/bench-tools build $(NATIVE)
	@VEROLUX_EXPORTER=$(abspath $(NATIVE)) $(BENCHMARKS) $(ONLY)

# Writes severity, durations, links and thresholds from the runbooks into the rule files.
rules: $(APP)
	@dotnet $(APP) rules alert-rules --runbooks runbooks --out $(OUT) --public-url $(PUBLIC_URL) --speed $(SPEED)

# Writes Grafana's dashboards from their source, src/Verolux.Exporter.Dashboards.
dashboards:
	@$(MSBUILD) src/Verolux.Exporter.Dashboards
	@dotnet $(DASHBOARDS) grafana-dashboards $(PUBLIC_URL)

format:
	dotnet format

check-format:
	dotnet format whitespace --verify-no-changes --no-restore

clean:
	dotnet clean -c $(CONFIGURATION) -v quiet -nologo
	rm -rf build
