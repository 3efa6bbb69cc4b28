#!/usr/bin/env bash
# The main job on real parts: services, build, then `relance demo run`, which makes a database and queues of its own (relance_demo),
# publishes a generated book of invoices at one virtual day a second, runs the worker and says what it did. Arguments go to it.
. "$(dirname "$0")/common.sh"
cd "$PROJECT"
export SQLX_OFFLINE=${SQLX_OFFLINE:-true}
out=${RELANCE_DEMO_FOLDER:-$PROJECT/demo}

printf '1. Postgres and RabbitMQ\n' >&2
"$PROJECT/scripts/services.sh" up

printf '2. Build (some minutes the first time)\n' >&2
"$PROJECT/scripts/tools.sh" build
cargo build --bin relance

printf '3. Invoices, payments and notices: 120 days in two minutes\n' >&2
mkdir -p "$out"
exec "$PROJECT/scripts/services.sh" run "${CARGO_TARGET_DIR:-$PROJECT/target}/debug/relance" demo run --out "$out" "$@"
