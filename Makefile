SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

GO ?= go
CACHE := $(CURDIR)/.cache
GOLANGCI_VERSION := v2.14.0
GOLANGCI := $(CACHE)/bin/golangci-lint-$(GOLANGCI_VERSION)
NODE_STAMP := frontend/node_modules/.installed
SPA := shared/webui/dist/index.html
SPA_SOURCES := $(shell find frontend/src frontend/public -type f 2>/dev/null) frontend/index.html frontend/package.json \
	frontend/tsconfig.json frontend/vite.config.ts

SHELL_SCRIPTS = $(shell grep -lE '^\#!.*bash|shellcheck shell=bash' .ci/* localstack/* scripts/* 2>/dev/null)

# Programs are static, so that they run in an empty container; tests use cgo for the race detector alone.
GO_BUILD := CGO_ENABLED=0 $(GO) build -trimpath -ldflags='-s -w'

.PHONY: help
help: ## Shows this list
	@awk -F ':.*## ' '/^[a-z][a-z-]*:.*## / {printf "  \033[1m%-14s\033[0m %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

.PHONY: run
run: build ## Builds all and serves it on http://localhost:8080, data in ./data
	@exec bin/server

.PHONY: build
build: $(SPA) binaries ## Builds bin/server, bin/myeventsctl and the web app

.PHONY: binaries
binaries:
	@mkdir -p bin
	@$(GO_BUILD) -o bin/ ./functions/server ./functions/myeventsctl

# The functions, by their names in template.yaml; their programs are in functions/. ARCH is the processors' that they are for.
FUNCTIONS := EventsApi BookingsApi EventsWorker BookingsWorker OutboxRelay Janitor
ARCH ?= arm64
LAMBDA_BUILD := CGO_ENABLED=0 GOOS=linux GOARCH=$(ARCH) $(GO) build -trimpath -ldflags='-s -w' -tags lambda.norpc

.PHONY: functions
functions: $(FUNCTIONS:%=build-%) ## Builds the Lambda functions into build/; ARCH=amd64 for others than arm64

# SAM calls these too, with a folder of its own to build into.
.PHONY: $(FUNCTIONS:%=build-%)
$(FUNCTIONS:%=build-%): build-%:
	@mkdir -p "$(or $(ARTIFACTS_DIR),build/$*)"
	@$(LAMBDA_BUILD) -o "$(or $(ARTIFACTS_DIR),build/$*)/bootstrap" ./functions/$(shell sed 's/\([a-z]\)\([A-Z]\)/\1-\2/g; s/.*/\L&/' <<<'$*')

# The functions' real programs behind a local gateway, on emulators that forget everything in the end.
.PHONY: sam-local
sam-local: HOST_ARCH := $(shell $(GO) env GOARCH)
sam-local: binaries ## Serves the built functions on http://localhost:8080, without Docker
	@ARCH=$(HOST_ARCH) scripts/sam build --parameter-overrides Architecture=$(if $(filter amd64,$(HOST_ARCH)),x86_64,arm64)
	@$(GO_BUILD) -o bin/ ./functions/samlocal
	@localstack/with dynamodb elasticmq -- scripts/sam-local

.PHONY: sam-local-docker
sam-local-docker: ## Serves the built functions by "sam local start-api", where there is Docker
	@docker info >/dev/null 2>&1 || { echo "sam-local-docker: needs a running Docker; without one: make sam-local" >&2; exit 1; }
	@ARCH=$(ARCH) scripts/sam build
	@scripts/sam local start-api --port 8080

# The server embeds the web app; without a built one it still compiles and says how to build it.
$(SPA): $(SPA_SOURCES) $(NODE_STAMP)
	@cd frontend && NO_COLOR=1 npm run --silent build
	@touch $@

# Only when the lock changed. "npm ci" removes the folder first, the stamp with it.
$(NODE_STAMP): frontend/package-lock.json frontend/.npmrc
	@cd frontend && npm ci --loglevel=error
	@touch $@

.PHONY: test
test: test-go test-frontend test-browser ## Runs every test: Go with -race -shuffle=on, the web app's, those in a browser, the documents'

.PHONY: test-go
test-go: ## Runs the Go tests; PKG=./shared/booking/... for some, RUN=Name for one, SERVERS= without servers
	@GO='$(GO)' RUN='$(RUN)' $(if $(filter-out undefined,$(origin SERVERS)),SERVERS='$(SERVERS)') scripts/test-go $(PKG)

# For an editor or a debugger.
COMPOSE = @docker compose version >/dev/null 2>&1 || { echo '$@: needs Docker with its compose plugin; without Docker: eval "$$(localstack/up)", and localstack/down' >&2; exit 1; }; \
	docker compose --file localstack/compose.yaml

.PHONY: up
up: ## Starts every server by Docker, on its usual port: MongoDB, RabbitMQ, Kafka and a local AWS; SERVICES="mongodb kafka" for some
	$(COMPOSE) up --detach --wait --wait-timeout 300 $(SERVICES)

.PHONY: down
down: ## Stops them; what they stored is gone
	$(COMPOSE) down --volumes

.PHONY: crash
crash: ## Kills the server 50 times under load and looks for lost bookings; KILLS=n for another number
	@MYEVENTS_TEST_KILLS=$(or $(KILLS),50) $(GO) test ./shared/e2e -run '^TestCrash_' -count=1 -timeout 30m -v

.PHONY: torture
torture: ## Runs the long tests of faults, every store with every queue, and the kills; REPORT=file, else .cache/torture-report.md
	@GO='$(GO)' KILLS='$(KILLS)' ONLY='$(ONLY)' scripts/torture $(REPORT)

.PHONY: test-frontend
test-frontend: $(NODE_STAMP) ## Runs the web app's tests
	@cd frontend && NO_COLOR=1 npm run --silent test

# In CI a missing browser is installed; elsewhere one is told, and the other tests count.
CHROMIUM_HERE = [[ -n $${CHROMIUM:-} ]] || scripts/need chromium chromium fonts-dejavu-core
.PHONY: test-browser
test-browser: build ## Runs the tests in a browser against the built server; ONLY=checkout for a file of them
	@if $(CHROMIUM_HERE); then cd frontend && npm run --silent test:browser -- $(ONLY); else [[ $${CI:-} != true ]]; fi

.PHONY: bench-browser
bench-browser: build ## Measures the seat map of 10,000 seats in a browser
	@$(CHROMIUM_HERE) && cd frontend && npx playwright test --project=bench --workers=1

.PHONY: lighthouse
lighthouse: build ## Has Lighthouse judge the home page and an event, as on a phone; fails below 90, 100 and 95
	@$(CHROMIUM_HERE) && cd frontend && npm run --silent lighthouse

.PHONY: screenshots
screenshots: build ## Takes docs/screenshots anew; ALL=1 takes every page in every width into .cache/screenshots
	@$(CHROMIUM_HERE) && cd frontend && SCREENSHOTS=$(if $(ALL),all,docs) npx playwright test --project=screenshots

.PHONY: lint
lint: lint-go lint-frontend lint-template lint-shell ## Checks style, likely mistakes and types: Go, TypeScript, the template of AWS, scripts

.PHONY: lint-go
lint-go: $(GOLANGCI)
	@$(GO) mod tidy -diff
	@$(GOLANGCI) run ./...
	@cd shared/torture && $(GO) mod tidy -diff && $(GOLANGCI) run --config ../../.golangci.yml ./...

.PHONY: lint-frontend
lint-frontend: $(NODE_STAMP)
	@cd frontend && npm run --silent lint && npm run --silent types

.PHONY: lint-template
lint-template:
	@scripts/lint-template

.PHONY: lint-shell
lint-shell: # without SC2317, which takes what traps call for unreachable
	@if scripts/need shellcheck shellcheck; then shellcheck --external-sources --exclude=SC2317 $(SHELL_SCRIPTS); else [[ $${CI:-} != true ]]; fi

# golangci-lint is built from the module proxy, once: under two minutes on 2 cores.
$(GOLANGCI):
	@echo "building golangci-lint $(GOLANGCI_VERSION), once" >&2
	@mkdir -p $(CACHE)/bin/build
	@GOFLAGS= GOBIN=$(CACHE)/bin/build $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_VERSION)
	@mv $(CACHE)/bin/build/golangci-lint $@

.PHONY: fmt
fmt: $(GOLANGCI) $(NODE_STAMP) ## Formats all sources
	@$(GOLANGCI) fmt ./...
	@cd frontend && npm run --silent format

BENCH = CGO_ENABLED=0 $(GO) test ./shared/e2e -run '^$$' -benchtime 1x -timeout 20m -bench '^BenchmarkSideBySide$$/^($(1))$$' $(if $(UPDATE),-args -update)

.PHONY: bench
bench: ## Measures side by side, medians of rounds; UPDATE=1 writes the tables into docs/performance.md
ifneq ($(PART),adapters)
	@$(call BENCH,$(or $(PART),store|sizes|search|http|age|lambda))
endif
ifneq ($(filter adapters,$(or $(PART),adapters)),)
	@localstack/with dynamodb elasticmq mongodb rabbitmq kafka -- env $(call BENCH,adapters)
endif

.PHONY: seed
seed: binaries ## Fills the store with demo data
	@bin/myeventsctl seed

# The values go through the environment, never through the shell's parser.
.PHONY: token
token: export TOKEN_EMAIL := $(EMAIL)
token: export TOKEN_ROLE := $(ROLE)
token: export TOKEN_ORG := $(ORG)
token: binaries ## Prints a bearer token: make -s token EMAIL=e ROLE=r ORG=o
	@: "$${TOKEN_EMAIL:?say whose: make -s token EMAIL=you@example.org}"; \
	bin/myeventsctl token --email "$$TOKEN_EMAIL" $${TOKEN_ROLE:+--role "$$TOKEN_ROLE"} $${TOKEN_ORG:+--org "$$TOKEN_ORG"}

# Region, profile and endpoint are those of the environment, as for any tool of AWS.
.PHONY: deploy-web
deploy-web: export DEPLOY_STACK := $(STACK)
deploy-web: $(SPA) ## Publishes the web app on a stack of AWS: make deploy-web STACK=myevents
	@scripts/python-tool aws-sam-cli python scripts/deploy-web "$$DEPLOY_STACK"

.PHONY: openapi
openapi: ## Writes docs/openapi.yaml anew from the code
	@$(GO) test ./shared/httpapi -run '^TestOpenAPI_Document$$' -count=1 -args -update

.PHONY: schemathesis
schemathesis: binaries ## Attacks a server of its own with 2,000 and more generated requests
	@scripts/schemathesis

.PHONY: ci
ci: ## Does what CI does
	@.ci/run

.PHONY: clean
clean: ## Removes what was built; keeps ./data and the tools in .cache
	@rm -rf bin build .aws-sam frontend/node_modules
	@find shared/webui/dist -mindepth 1 ! -name .gitkeep -delete
