# Sourced by services.sh: a private Postgres on loopback, with its own folder, port and password.

PG=$RUN/postgres

pg_bin() {
    local dir
    for dir in $(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -rV); do
        if [ -x "$dir/initdb" ]; then
            echo "$dir"
            return
        fi
    done
    if command -v initdb >/dev/null; then dirname "$(readlink -f "$(command -v initdb)")"; fi
}

pg_url() { echo "postgres://relance:$(secret_for postgres)@127.0.0.1:$(port_for postgres)/relance"; }
pg_pid() { if [ -r "$PG/pid" ]; then cat "$PG/pid"; fi; }
pg_ready() { "$(pg_bin)/pg_isready" -q -h 127.0.0.1 -p "$(port_for postgres)"; }
pg_running() { alive "$(pg_pid)" "$PG/data" && pg_ready; }

pg_initialise() {
    local bin=$1
    own_folder postgres "$PG"
    secret_for postgres >/dev/null
    say "making a private Postgres in $PG"
    # A copy of the password that the server's user can read, in its own closed folder, for as long as initdb runs.
    as_user postgres tee "$PG/password" <"$RUN/secret-postgres" >/dev/null
    as_user postgres "$bin/initdb" -D "$PG/data" -U relance --auth=scram-sha-256 --pwfile="$PG/password" --encoding=UTF8 --locale=C.UTF-8 \
        >"$RUN/initdb.log" 2>&1 </dev/null || {
        cat "$RUN/initdb.log" >&2
        die "initdb failed"
    }
    rm -f "$PG/password"
    as_user postgres tee -a "$PG/data/postgresql.conf" >/dev/null <<CONF
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
external_pid_file = '$PG/pid'
max_connections = 200
shared_buffers = 256MB
max_wal_size = 2GB
CONF
}

pg_start() {
    if [ -z "$(pg_bin)" ]; then install_packages postgresql; fi
    local bin port try
    bin=$(pg_bin)
    if pg_running; then return; fi
    if [ ! -s "$PG/data/postgresql.conf" ] || ! grep -q external_pid_file "$PG/data/postgresql.conf"; then
        rm -rf "$PG"
        pg_initialise "$bin"
    fi
    for try in 1 2 3; do
        port=$(port_for postgres)
        say "starting Postgres on 127.0.0.1:$port"
        if as_user postgres "$bin/pg_ctl" -D "$PG/data" -l "$PG/log" -o "-p $port" -w -t 60 start >"$RUN/pg_ctl.log" 2>&1 </dev/null 9>&-; then
            PGPASSWORD=$(secret_for postgres) "$bin/createdb" -h 127.0.0.1 -p "$port" -U relance relance 2>/dev/null || true
            return
        fi
        # The usual cause is a port taken meanwhile: forget it and take another.
        rm -f "$RUN/port-postgres"
    done
    tail -n 20 "$PG/log" "$RUN/pg_ctl.log" >&2 || true
    die "the private Postgres does not start; its log is $PG/log"
}

pg_stop() {
    if gone "$(pg_pid)" "$PG/data"; then return 0; fi
    say "stopping Postgres"
    as_user postgres "$(pg_bin)/pg_ctl" -D "$PG/data" -m fast -w stop >/dev/null
}
