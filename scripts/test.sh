#!/usr/bin/env bash
# All tests: unit, property, scenario and integration. Arguments go to the test runner. A missing service is an error, never a skip.
. "$(dirname "$0")/common.sh"
cd "$PROJECT"
export SQLX_OFFLINE=${SQLX_OFFLINE:-true}

"$PROJECT/scripts/tools.sh" build
if cargo nextest --version >/dev/null 2>&1; then
    exec "$PROJECT/scripts/services.sh" run-tests cargo nextest run --no-fail-fast "$@"
fi
exec "$PROJECT/scripts/services.sh" run-tests cargo test --no-fail-fast "$@"
