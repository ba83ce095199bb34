# 一盘棋 Yipanqi: everything a newcomer needs is one of these.
#   make demo     a running demo city at a printed address
#   make test     every check and test

SHELL := /bin/bash
DEMO  ?= .demo
PORT  ?= 8787
export CARGO_TERM_COLOR ?= never

WEB_SOURCES := $(shell find web -type f -not -path '*/node_modules/*' -not -path '*/dist/*' 2>/dev/null)

.PHONY: demo test web install clean-demo

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

clean-demo:
	rm -rf $(DEMO)
