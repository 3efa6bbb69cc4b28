#!/usr/bin/env bash
# Formatting, clippy and documentation, with every warning an error. In the same target folder and with the same flags as the tests,
# so that nothing is built twice.
. "$(dirname "$0")/common.sh"
cd "$PROJECT"
export SQLX_OFFLINE=${SQLX_OFFLINE:-true}

say "cargo fmt"
cargo fmt --all --check
say "cargo clippy"
cargo clippy --quiet --all-targets -- -D warnings
say "cargo doc"
# RUSTDOCFLAGS does not change how dependencies are built, as RUSTFLAGS would.
RUSTDOCFLAGS="-D warnings" cargo doc --quiet --no-deps --document-private-items
