#!/usr/bin/env bash
# All tests: unit, property, scenario and integration. Arguments go to the test runner. A missing service is an error, never a skip.
# The last line is always `N passed, N failed`.
. "$(dirname "$0")/common.sh"
cd "$PROJECT"
export SQLX_OFFLINE=${SQLX_OFFLINE:-true}
if [ -t 1 ]; then export CARGO_TERM_COLOR=${CARGO_TERM_COLOR:-always}; fi

"$PROJECT/scripts/tools.sh" build
if cargo nextest --version >/dev/null 2>&1; then
    runner=(cargo nextest run --no-fail-fast)
else
    runner=(cargo test --no-fail-fast --all-targets)
fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT
status=0
"$PROJECT/scripts/services.sh" run-tests "${runner[@]}" "$@" 2>&1 | tee "$log" || status=$?
if [ $# = 0 ]; then cargo test --quiet --doc 2>&1 | tee -a "$log" || status=$?; fi

# nextest says `Summary […] 9 tests run: 8 passed, 1 failed`; cargo says `test result: ok. 8 passed; 1 failed` for each binary.
# A failed test's own output is quoted in nextest's, so where nextest ran, only its summary and the documentation's tests count.
sed 's/\x1b\[[0-9;]*m//g' "$log" | awk -v nextest="$([ "${runner[1]}" = nextest ] && echo 1)" '
    /^ *Summary \[/ { counts = 1; seen = 1 }
    /^test result: / { counts = !nextest || seen }
    counts {
        gsub(/[,;]/, "")
        for (i = 2; i <= NF; i++) {
            if ($i == "passed") passed += $(i - 1)
            if ($i == "failed" || $i == "timed") failed += $(i - 1)
        }
        counts = 0
    }
    END { printf "%d passed, %d failed\n", passed, failed }'
exit $status
