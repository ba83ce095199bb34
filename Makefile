# 一盘棋 Yipanqi: everything a newcomer needs is one of these.
#   make demo     a running demo city at a printed address
#   make test     every check and test but the benches
#   make bench    workloads of a real city's size, as ratios measured in one run
#   make torture  the fault-injection tests with thousands of rounds

SHELL := /bin/bash
DEMO  ?= .demo
PORT  ?= 8787
export CARGO_TERM_COLOR ?= never

WEB_SOURCES := $(shell find web -type f -not -path '*/node_modules/*' -not -path '*/dist/*' 2>/dev/null)

.PHONY: demo test bench torture web install clean-demo

demo: web
	cargo build --quiet --bin yipanqi
	PORT=$(PORT) DEMO=$(DEMO) sh scripts/demo.sh

web: web/dist/index.html

web/node_modules/.installed: web/package.json web/package-lock.json
	cd web && npm ci --no-audit --no-fund && touch node_modules/.installed

web/dist/index.html: web/node_modules/.installed $(WEB_SOURCES)
	cd web && npm run build
	touch web/dist/index.html web/dist/.gitkeep

e2e/node_modules/.installed: e2e/package.json e2e/package-lock.json
	cd e2e && npm ci --no-audit --no-fund && touch node_modules/.installed

install:
	sh scripts/install.sh

test: install
	bash scripts/test.sh

bench: web
	cargo run --release --quiet -p yipanqi-benches

torture:
	YIPANQI_KILLS=400 cargo test -p yipanqi-server --test kill -- --nocapture

clean-demo:
	rm -rf $(DEMO)
