#!/usr/bin/env bash
# Formatting, clippy and documentation, with every warning an error; a part of them: lint.sh format|clippy|doc. In the target folder
# and with the flags of the tests, so that nothing is built twice.
. "$(dirname "$0")/common.sh"
cd "$PROJECT"
export SQLX_OFFLINE=${SQLX_OFFLINE:-true}
part=${1:-all}
wanted() { [ "$part" = all ] || [ "$part" = "$1" ]; }

if wanted format; then
    say "cargo fmt"
    cargo fmt --all --check
fi
if wanted clippy; then
    say "cargo clippy"
    cargo clippy --quiet --all-targets -- -D warnings
fi
if wanted doc; then
    say "cargo doc"
    # RUSTDOCFLAGS does not change how dependencies are built, as RUSTFLAGS would.
    RUSTDOCFLAGS="-D warnings" cargo doc --quiet --no-deps --document-private-items
fi
