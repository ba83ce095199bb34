# 一盘棋 Yipanqi: everything a newcomer needs is one of these.
#   make demo     a running demo city at a printed address
#   make test     every check and test
#   make bench    workloads with the sizes of a real city, against baselines of the same run
#   make torture  the binary killed thousands of times, on both databases

SHELL := /bin/bash
DEMO  ?= .demo
PORT  ?= 8787
KILLS ?= 2000
export CARGO_TERM_COLOR ?= never

WEB_SOURCES := $(shell find web -type f -not -path '*/node_modules/*' -not -path '*/dist/*' 2>/dev/null)

.PHONY: demo test bench torture web install clean-demo

demo: web
	cargo build --package yipanqi-server --no-default-features --bin yipanqi
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

# `make bench BENCH="board --on sqlite --size small"` runs a part.
bench: install
	cargo run --profile bench --package yipanqi-bench -- $(BENCH)

# Repeat a failed run with YIPANQI_TORTURE_SEED, as it prints.
torture: install
	YIPANQI_TORTURE_KILLS=$(KILLS) cargo test --package yipanqi-server --no-default-features --test http torture -- --nocapture

clean-demo:
	rm -rf $(DEMO)
