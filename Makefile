# Every target works on a machine that has a Go toolchain and nothing else (race: and a C compiler).
SHELL := /bin/bash
.DEFAULT_GOAL := help

VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo 0.1.0-dev)
LDFLAGS := -s -w -buildid= -X main.version=$(VERSION)
BUILD   := CGO_ENABLED=0 go build -trimpath -ldflags '$(LDFLAGS)'

# Tools are run at a pinned version, so that they are no dependency of the module.
GOLANGCI := go run github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
SQLC     := go run github.com/sqlc-dev/sqlc/cmd/sqlc@v1.31.1
VULN     := go run golang.org/x/vuln/cmd/govulncheck@v1.9.0
# A number of inputs, not a time: go test may fail when a time runs out in the middle of one.
FUZZTIME ?= 20000x
COUNT    ?= 1

.PHONY: help run build test race lint vuln fuzz bench check image sbom generate generated

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: build ## build and run everything in one process, data in ./holon-data
	./bin/holon run

build: ## build ./bin/holon
	$(BUILD) -o bin/holon ./cmd/holon

test: ## run the tests
	go test -timeout 10m ./...

race: ## run the tests with the race detector
	CGO_ENABLED=1 go test -race -shuffle=on -timeout 15m ./...

lint: ## gofmt, go vet, go mod tidy, golangci-lint
	@test -z "$$(gofmt -l .)" || { echo "gofmt would change:"; gofmt -l .; exit 1; }
	go mod tidy -diff
	go vet ./...
	GOOS=darwin CGO_ENABLED=0 go vet ./modules/storage ./cmd/holon
	$(GOLANGCI) run
	cd cmd/image && go mod tidy -diff && go vet ./... && $(GOLANGCI) run
	cd transport/rpc/peers && go mod tidy -diff && go vet ./... && $(GOLANGCI) run

vuln: ## look for known vulnerabilities, where their database can be reached
	@out=$$($(VULN) ./... 2>&1); code=$$?; echo "$$out"; \
	case "$$out" in *"govulncheck: fetching vulnerabilities"*) echo "vuln: skipped, the database cannot be reached from here"; exit 0;; esac; \
	exit $$code

fuzz: ## run every fuzz target for FUZZTIME
	@for pkg in $$(go list ./...); do \
	  for target in $$(go test -list '^Fuzz' $$pkg | grep '^Fuzz'); do \
	    echo "$$pkg $$target"; go test -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZTIME) $$pkg || exit 1; \
	  done; \
	done

bench: ## run the benchmarks, COUNT times each, in a form benchstat reads
	go test -run '^$$' -bench . -benchmem -count $(COUNT) ./...
	cd transport/rpc/peers && go test -run '^$$' -bench . -benchmem -count $(COUNT) ./...

generate: ## write generated code and files anew
	@for f in $$(find modules -name sqlc.yaml); do echo $$f; $(SQLC) generate -f $$f || exit 1; done
	go run ./cmd/holon config reference > configs/holon.yaml.new && mv configs/holon.yaml.new configs/holon.yaml

generated: ## fail when generated code is not what its source gives
	@for f in $$(find modules -name sqlc.yaml); do $(SQLC) diff -f $$f || exit 1; done

check: lint generated race fuzz ## everything a change must pass (FUZZTIME=3000x is enough before a commit)

# The image is for linux and ARCH, and neither an engine nor a registry is asked; the Dockerfile is for who has an engine.
ARCH     ?= $(shell go env GOARCH)
REVISION ?= $(shell git rev-parse HEAD 2>/dev/null || echo unknown)
SOURCE_DATE_EPOCH ?= $(shell git log -1 --format=%ct 2>/dev/null || echo 0)
RELEASE = SOURCE_DATE_EPOCH=$(SOURCE_DATE_EPOCH) go run -C cmd/image . -version '$(VERSION)' -revision '$(REVISION)'

image: ## build bin/holon-image.tar, for docker load and podman load (ARCH=arm64 for another machine), with its SBOM
	GOOS=linux GOARCH=$(ARCH) $(BUILD) -o bin/linux-$(ARCH)/holon ./cmd/holon
	$(RELEASE) -binary $(CURDIR)/bin/linux-$(ARCH)/holon -image $(CURDIR)/bin/holon-image.tar -sbom $(CURDIR)/bin/holon-image.cdx.json

sbom: build ## list what is linked into ./bin/holon, as CycloneDX: bin/holon.cdx.json
	$(RELEASE) -binary $(CURDIR)/bin/holon -sbom $(CURDIR)/bin/holon.cdx.json
