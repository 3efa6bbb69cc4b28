#!/usr/bin/env bash
# The main job on real parts: services, build, tables, then `relance demo run`, which publishes a generated book of invoices at one
# virtual day a second, runs the worker and says what it did. Arguments go to `relance demo run`.
. "$(dirname "$0")/common.sh"
cd "$PROJECT"
export SQLX_OFFLINE=${SQLX_OFFLINE:-true}
out=${RELANCE_DEMO_FOLDER:-$PROJECT/demo}

# The second half runs with the services' addresses in the environment.
if [ "${1:-}" != --with-services ]; then
    printf '1. Postgres and RabbitMQ\n' >&2
    "$PROJECT/scripts/services.sh" up
    exec "$PROJECT/scripts/services.sh" run "$0" --with-services "$@"
fi
shift

printf '2. Build (some minutes the first time)\n' >&2
"$PROJECT/scripts/tools.sh" build
cargo build --bin relance
relance=${CARGO_TARGET_DIR:-$PROJECT/target}/debug/relance

# A database and queues of its own, so that every demonstration begins with nothing and no other work is touched.
printf '3. Tables\n' >&2
DATABASE_URL=$("$PROJECT/scripts/services.sh" fresh-database relance_demo)
export DATABASE_URL RELANCE_BROKER_PREFIX=relance-demo
"$relance" migrate

printf '4. Invoices, payments and notices: one virtual day a second\n' >&2
rm -rf "${out:?}"
mkdir -p "$out"
exec "$relance" demo run --out "$out" "$@"
