# Sourced by the other scripts: places, messages, packages, ports, users. Needs bash, coreutils and util-linux only.
set -euo pipefail

PROJECT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
PROJECT_KEY=$(printf '%s' "$PROJECT" | sha256sum | cut -c1-10)
# Not inside the project: the users postgres and rabbitmq cannot enter /root, and a long path overflows some of their limits.
RUN=${RELANCE_RUN_DIR:-/var/tmp/relance-$(id -u)-$PROJECT_KEY}
TOOLS=$PROJECT/.tools

say() { printf '%s\n' "  · $*" >&2; }
warn() { printf '%s\n' "  ! $*" >&2; }
die() {
    printf '%s\n' "error: $*" >&2
    exit 2
}
am_root() { [ "$(id -u)" = 0 ]; }

# Makes the folder of this project's private instances, refusing one that somebody else laid out in advance.
make_run_dir() {
    if [ ! -d "$RUN" ]; then
        mkdir -m 711 "$RUN" || die "cannot make $RUN; set RELANCE_RUN_DIR to a folder you may write to"
    fi
    [ -O "$RUN" ] && [ ! -L "$RUN" ] || die "$RUN belongs to somebody else; set RELANCE_RUN_DIR to another folder"
    if [ -w "$PROJECT" ] && [ ! -e "$PROJECT/.run" ]; then ln -sfn "$RUN" "$PROJECT/.run"; fi
}

as_root() {
    if am_root; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        die "this needs root: run it as root, install sudo, or run yourself: $*"
    fi
}

# install_packages NAME…: Debian packages, without starting the services they bring.
install_packages() {
    command -v apt-get >/dev/null || die "missing: $*. This is no Debian: install them, or set DATABASE_URL and AMQP_URL"
    say "installing $*"
    local policy=/usr/sbin/policy-rc.d own_policy=
    if [ ! -e $policy ]; then
        printf '#!/bin/sh\nexit 101\n' | as_root tee $policy >/dev/null
        as_root chmod 755 $policy
        own_policy=$policy
    fi
    local log=$RUN/apt.log status=0
    : >"$log"
    if [ ! -e "$RUN/apt-updated" ]; then
        as_root apt-get -q -o DPkg::Lock::Timeout=600 update >>"$log" 2>&1 </dev/null || warn "apt-get update failed; trying what is known"
        : >"$RUN/apt-updated"
    fi
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=600 install --no-install-recommends "$@" \
        >>"$log" 2>&1 </dev/null || status=$?
    if [ -n "$own_policy" ]; then as_root rm -f "$own_policy"; fi
    if [ $status != 0 ]; then
        tail -n 20 "$log" >&2
        die "apt-get install $* failed; the whole output is in $log"
    fi
}

# as_user USER CMD…: as that user when root (a server refuses to run as root), else as who we are.
as_user() {
    local user=$1
    shift
    if am_root; then setpriv --reuid="$user" --regid="$user" --init-groups "$@"; else "$@"; fi
}

# own_folder USER FOLDER: a private folder that the server's user owns.
own_folder() {
    mkdir -p -m 700 "$2"
    if am_root; then chown "$1": "$2"; fi
}

port_answers() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# port_for NAME: a port that was free when first asked for, remembered for this project.
port_for() {
    local file=$RUN/port-$1 port
    if [ -s "$file" ]; then
        cat "$file"
        return
    fi
    while :; do
        # Below 32768, so that no outgoing connection can sit on it.
        port=$((14000 + (RANDOM * 32768 + RANDOM) % 18000))
        if ! port_answers $port && ! grep -qsx "$port" "$RUN"/port-*; then break; fi
    done
    echo $port >"$file"
    echo $port
}

secret_for() {
    local file=$RUN/secret-$1
    if [ ! -s "$file" ]; then (umask 077 && head -c 18 /dev/urandom | base64 | tr '+/' '-_' >"$file"); fi
    cat "$file"
}

# wait_until SECONDS CMD…: polls, 10 times a second.
wait_until() {
    local tries=$(($1 * 10))
    shift
    while ! "$@"; do
        tries=$((tries - 1))
        if [ $tries -le 0 ]; then return 1; fi
        sleep 0.1
    done
}

# alive PID WORD: that process runs, and is ours: its command line holds the word.
alive() { [ -n "$1" ] && { tr '\0' ' ' <"/proc/$1/cmdline" | grep -qF -- "$2"; } 2>/dev/null; }
gone() { ! alive "$@"; }

# end PID WORD: asks it to end, and insists after 20 seconds.
end() {
    if gone "$@"; then return 0; fi
    kill -TERM "$1" 2>/dev/null || true
    if ! wait_until 20 gone "$@"; then kill -KILL "$1" 2>/dev/null || true; fi
}
