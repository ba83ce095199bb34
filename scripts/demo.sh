#!/bin/sh
# Lays out the demo cities once, then serves them. The demo's business clock starts at a fixed working morning, so that the
# city is alive whenever it is opened.
set -eu
data=${DEMO:-.demo}
port=${PORT:-8787}
binary=target/debug/yipanqi
mkdir -p "$data"
if [ ! -f "$data/ready" ]; then
  rm -rf "$data"
  mkdir -p "$data"
  "$binary" --database "sqlite:$data/data" --config catalogues/demo.toml demo seed --catalogue catalogues
  touch "$data/ready"
fi
exec "$binary" --database "sqlite:$data/data" --config catalogues/demo.toml serve --listen "127.0.0.1:$port" --clock demo
