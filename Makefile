# 一盘棋 Yipanqi: everything a newcomer needs is one of these.
#   make demo     a running demo city at a printed address
#   make test     every check and test
#   make bench    workloads with the sizes of a real city, against baselines of the same run
#   make torture  the binary killed thousands of times, on both databases; phones cut off by thousands of schedules

SHELL := /bin/bash
DEMO  ?= .demo
PORT  ?= 8787
KILLS ?= 2000
SCHEDULES ?= 3000
export CARGO_TERM_COLOR ?= never

WEB_SOURCES := $(shell find web -type f -not -path '*/node_modules/*' -not -path '*/dist/*' 2>/dev/null)

.PHONY: demo test bench bench-phone torture web install clean-demo

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
# Without BENCH the field application is measured as well, in a browser as slow as a cheap phone; alone by `make bench-phone`.
bench: install
	cargo run --profile bench --package yipanqi-bench -- $(BENCH)
	$(if $(BENCH),,$(MAKE) bench-phone)

bench-phone: install web e2e/node_modules/.installed
	cargo build --package yipanqi-server --no-default-features --bin yipanqi
	cd e2e && npm run --silent measure

# Repeat a failed run with YIPANQI_TORTURE_SEED, as it prints.
torture: install
	YIPANQI_TORTURE_KILLS=$(KILLS) cargo test --package yipanqi-server --no-default-features --test http torture -- --nocapture
	YIPANQI_SCHEDULES=$(SCHEDULES) cargo test --profile bench --package yipanqi-server --no-default-features --test http schedule -- --nocapture

clean-demo:
	rm -rf $(DEMO)
