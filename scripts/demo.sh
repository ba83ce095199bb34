#!/bin/sh
# Lays out the demo cities once, then serves them. The demo's business clock starts on a fixed working morning, so that the
# city is alive whenever it is opened.
set -eu
data=${DEMO:-.demo}
port=${PORT:-8787}
binary=target/debug/yipanqi
if [ ! -f "$data/accounts.txt" ]; then
  rm -rf "$data"
  mkdir -p "$data"
  echo "正在布置演示城市（约一分钟） Laying out the demo cities (about a minute) …"
  YIPANQI_LOG=warn,yipanqi_server::demo=info "$binary" --database "sqlite:$data/data" --config catalogues/demo.toml demo seed \
    --catalogue catalogues --clock-file "$data/clock" > "$data/accounts.part"
  mv "$data/accounts.part" "$data/accounts.txt"
fi
cat "$data/accounts.txt"
echo
echo "打开 Open http://127.0.0.1:$port"
YIPANQI_LOG=${YIPANQI_LOG:-warn} exec "$binary" --database "sqlite:$data/data" --config catalogues/demo.toml --clock "$(cat "$data/clock")" serve --listen "127.0.0.1:$port"
