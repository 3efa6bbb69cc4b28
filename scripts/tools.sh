#!/usr/bin/env bash
# Tools that the tests and the checks use, at exact versions, kept in .tools/ of this project.
#
#   scripts/tools.sh build     what a Rust build needs: a linker and the C library's headers
#   scripts/tools.sh smtp      aiosmtpd, the SMTP server that the tests send to
#   scripts/tools.sh prism     Prism, which makes a mock server from a provider's OpenAPI description
#   scripts/tools.sh deny      cargo-deny, for licences and advisories
#   scripts/tools.sh sqlx      sqlx-cli, to compare the stored queries with the migrations
. "$(dirname "$0")/common.sh"

DENY_VERSION=0.20.2
SQLX_VERSION=0.9.0

lock_tools() {
    mkdir -p "$TOOLS/bin"
    exec 8>"$TOOLS/lock"
    flock 8
}

build() {
    if command -v cc >/dev/null; then return; fi
    make_run_dir
    install_packages gcc libc6-dev
}

smtp() {
    # The machine's own Python, which is where the tests look: another one in the path does not see Debian's packages.
    if /usr/bin/python3 -c 'import aiosmtpd' 2>/dev/null; then return; fi
    make_run_dir
    install_packages python3-aiosmtpd
}

prism() {
    # scripts/prism holds every version: newer ones want a newer Node.js than Debian 12's 18.
    if cmp -s "$PROJECT/scripts/prism/package-lock.json" "$TOOLS/prism.lock"; then return; fi
    lock_tools
    if ! command -v node >/dev/null; then
        make_run_dir
        install_packages nodejs
    fi
    if ! command -v npm >/dev/null; then
        make_run_dir
        install_packages npm
    fi
    # Node.js carries authorities of its own and leaves out those the machine was told to trust.
    if [ -z "${NODE_EXTRA_CA_CERTS:-}" ] && [ -r /etc/ssl/certs/ca-certificates.crt ]; then
        export NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt
    fi
    say "installing Prism into .tools (about a minute)"
    cp "$PROJECT/scripts/prism/package.json" "$PROJECT/scripts/prism/package-lock.json" "$TOOLS/"
    if ! npm ci --prefix "$TOOLS" --no-audit --no-fund --loglevel=error >"$TOOLS/prism.log" 2>&1 </dev/null; then
        tail -n 20 "$TOOLS/prism.log" >&2
        die "npm could not install Prism; the tests of the providers need it"
    fi
    cp "$PROJECT/scripts/prism/package-lock.json" "$TOOLS/prism.lock"
}

# cargo_tool NAME VERSION BINARY FLAGS…: builds once; a fitting one in the path is used instead.
cargo_tool() {
    local name=$1 version=$2 binary=$3
    shift 3
    if "$TOOLS/bin/$binary" --version 2>/dev/null | grep -qF "$version"; then return; fi
    if command -v "$binary" >/dev/null && "$binary" --version | grep -qF "$version"; then return; fi
    lock_tools
    say "building $name $version into .tools (some minutes, once)"
    cargo install --quiet --root "$TOOLS" --target-dir "$TOOLS/target" --version "$version" "$@" "$name" </dev/null \
        || die "cargo could not build $name $version"
    rm -rf "$TOOLS/target"
}

case ${1:-} in
    build) build ;;
    smtp) smtp ;;
    prism) prism ;;
    deny) CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_OPT_LEVEL=1 cargo_tool cargo-deny $DENY_VERSION cargo-deny --locked ;;
    # Without --locked: the published lock file of this version does not build.
    sqlx) CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_OPT_LEVEL=1 \
        cargo_tool sqlx-cli $SQLX_VERSION sqlx --no-default-features --features postgres,rustls ;;
    *)
        sed -n '2,/^\./{/^#/p}' "$0" | cut -c3- >&2
        exit 2
        ;;
esac
