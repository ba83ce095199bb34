#!/bin/bash
# Every stage of `make test`, in order of cost; prints the seconds of each. Stops at the first that fails.
set -euo pipefail
cd "$(dirname "$0")/.."
report=()
stage() {
  local name=$1 start=$SECONDS
  shift
  echo "── $name"
  "$@"
  report+=("$(printf '%5d s  %s' $((SECONDS - start)) "$name")")
}

stage "web install"      make --no-print-directory web/node_modules/.installed e2e/node_modules/.installed
stage "web build"        make --no-print-directory web
stage "web check"        npm --prefix web run check
stage "format"           cargo fmt --all --check
stage "clippy"           cargo clippy --workspace --exclude yipanqi-pdf --no-default-features --all-targets -- -D warnings
stage "build"            cargo build --package yipanqi-server --no-default-features --bin yipanqi
stage "test"             cargo test --workspace --exclude yipanqi-pdf --no-default-features
stage "pdf"              cargo test -p yipanqi-pdf
stage "browser"          npm --prefix e2e test

echo
echo "Seconds by stage:"
printf '%s\n' "${report[@]}"
