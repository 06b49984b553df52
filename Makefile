# Everything a newcomer needs is `make check` and `make test`.
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := reference/.venv
GO_FILES := $(shell find . -name '*.go' -not -path './reference/*' -not -path './node_modules/*')
# What is built into pixelload beside Go.
EMBEDDED := $(shell find scenarios cmd/pixelload/demo internal -type f -not -name '*.go' -not -path '*/testdata/*' -not -path '*/tests/*' -not -name '*.pyc')
# Packages that don't link k6 are quick to build with the race detector too.
PURE = $(shell go list ./internal/... ./scenarios/... | grep -v /conformance)
# gotestsum lists what was skipped, and why, at the end.
GOTEST := go tool gotestsum --format pkgname-and-test-fails --

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

.PHONY: check
check: build setup ## build all, run users against the reference app, print the verdict
	bin/pixelload check --quick

.PHONY: build
build: bin/k6 bin/pixelload ## build bin/k6 and bin/pixelload

bin/k6: $(filter-out ./cmd/pixelload/% %_test.go,$(GO_FILES)) go.mod go.sum
	@echo "building bin/k6 (the first time takes some minutes)"
	go build -trimpath -o $@ ./cmd/k6

bin/pixelload: $(filter-out ./cmd/k6/% ./extension/% %_test.go,$(GO_FILES)) $(EMBEDDED) go.mod go.sum
	@echo "building bin/pixelload"
	go build -trimpath -o $@ ./cmd/pixelload

# The target with known memory. Static, so that it runs in an empty image too.
bin/calibration: $(wildcard internal/calibration/*.go internal/calibration/program/*.go) go.mod go.sum
	CGO_ENABLED=0 go build -trimpath -o $@ ./internal/calibration/program

.PHONY: setup
setup: $(VENV)/.made ## make the reference app's Python environment

$(VENV)/.made: reference/requirements.txt reference/requirements-servers.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "$(PYTHON) is missing or older than 3.11: name another with make PYTHON=python3.12"; exit 1; }
	@echo "making $(VENV)"
	$(PYTHON) -m venv --clear $(VENV)
	$(VENV)/bin/pip install --quiet --disable-pip-version-check -r reference/requirements.txt -r reference/requirements-servers.txt
	@touch $@

$(VENV)/.made-test: reference/requirements-test.txt $(VENV)/.made
	$(VENV)/bin/pip install --quiet --disable-pip-version-check -r reference/requirements-test.txt
	@touch $@

.PHONY: types
types: node_modules/.made ## install the compiler that checks index.d.ts, where npm is

node_modules/.made: Makefile
	npm install --prefix . --no-save --no-package-lock --no-audit --no-fund --silent typescript@5.9.3 @types/k6@2.3.0
	@touch $@

.PHONY: test
test: build test-static test-parts test-e2e ## all tests but the long ones (in under 15 minutes)

# The reference app's tests mostly wait, so the Go tests run beside them.
.PHONY: test-parts
test-parts: setup
	$(MAKE) --jobs 2 --output-sync=target test-go test-reference

.PHONY: test-long
test-long: test test-e2e-long test-explain ## all tests, and those that take long or need much of the network
	.ci/xk6
	PYTHON=$(CURDIR)/$(VENV)/bin/python .ci/djangos
	go run ./mutants
	PIXELLOAD_LONG=1 go test -count=1 -v -run Simulations ./internal/stats
	go test -run '^$$' -fuzz 'FuzzMessage$$' -fuzztime 20s ./extension
	go test -run '^$$' -fuzz 'FuzzMessages$$' -fuzztime 20s ./extension
	go test -run '^$$' -fuzz FuzzAdmit -fuzztime 20s ./internal/guard
	go test -run '^$$' -fuzz FuzzParse -fuzztime 20s ./internal/config

.PHONY: test-static
test-static: ## gofmt and go vet
	@unformatted=$$(gofmt -l $(GO_FILES)); test -z "$$unformatted" || { echo "run gofmt -w on: $$unformatted"; exit 1; }
	go vet ./...

.PHONY: test-go
test-go: setup bin/calibration ## Go tests that start no target
	$(GOTEST) -race $(PURE)
	$(GOTEST) ./extension/... ./bench/... ./deploy/... .
	$(GOTEST) -race -short ./dashboards/...

.PHONY: test-reference
test-reference: $(VENV)/.made-test ## the reference app's own tests, those of the seeding module, and the recorded exchanges, against a real Daphne
	cd reference && .venv/bin/python -m pytest -q -rs
	cd internal/checkout/seeding && $(CURDIR)/$(VENV)/bin/python -m pytest -q -rs
	$(GOTEST) -race -count=1 ./internal/conformance

.PHONY: test-e2e
test-e2e: build setup bin/calibration ## whole runs against the reference app, one at a time
	$(GOTEST) -race -count=1 -timeout 20m -skip '^TestLong' ./cmd/pixelload
	$(GOTEST) -count=1 -run '^Test(Nightly)?Proof$$' ./dashboards

.PHONY: test-e2e-long
test-e2e-long: build setup bin/calibration ## whole runs that measure at length what shorter ones have tried
	$(GOTEST) -race -count=1 -timeout 40m -run '^TestLong' -skip '^TestLong(Compare|Explain|Planted)' ./cmd/pixelload

.PHONY: test-explain
test-explain: build setup ## planted causes are named three times each, and on heavy data the public list (half an hour)
	$(GOTEST) -count=1 -timeout 60m -run '^TestLong(Explain|Planted)' ./cmd/pixelload

.PHONY: test-compare
test-compare: build setup ## a commit that leaks 2 MiB a visit is found, a harmless one is not, three times each (two hours)
	PIXELLOAD_COMPARES=3 $(GOTEST) -count=1 -timeout 150m -run '^TestLongCompare' ./cmd/pixelload

.PHONY: test-compose
test-compose: ## docker-compose.yml brought up and a check run in it, where a Docker engine answers
	.ci/compose

.PHONY: test-v2
test-v2: build setup bin/calibration ## memory tests and a short check on a kernel with cgroup v2; ON_CGROUP2 names a command that brings one
	.ci/test-v2

.PHONY: mutants
mutants: ## break pixelload in known ways, one after another: its tests must notice (2 minutes)
	go run ./mutants

.PHONY: bench
bench: bin/k6 ## what a user costs the generator, beside stock k6; writes docs/performance.md (10 minutes)
	go run ./bench

# The search goes on where it stopped, so make may be interrupted.
VARIANT ?= before
.PHONY: frontier
frontier: build setup ## the README's map of VARIANT on the free plan, from real runs (90 minutes at most)
	bin/pixelload capacity --frontier --variant $(VARIANT) --out runs/frontier-$(VARIANT)
	@mkdir -p docs/results/frontier
	bin/pixelload report runs/frontier-$(VARIANT) --format svg -o docs/results/frontier/$(VARIANT).svg
	bin/pixelload report runs/frontier-$(VARIANT) --format json -o docs/results/frontier/$(VARIANT).json

.PHONY: lint
lint: ## golangci-lint, where it is installed
	golangci-lint run

.PHONY: clean
clean: ## remove what was built, not the runs
	rm -rf bin $(VENV)
