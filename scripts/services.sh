#!/usr/bin/env bash
# Postgres and RabbitMQ for the demonstration and the tests: those of DATABASE_URL and AMQP_URL where set, else Docker's where an
# engine answers, else private instances of Debian's packages. Nothing else on the machine is touched.
#
#   scripts/services.sh up                start what is not running (at once when everything is)
#   scripts/services.sh run CMD…          up, then CMD with DATABASE_URL and AMQP_URL set
#   scripts/services.sh run-tests CMD…    the same with the tests' tools besides: aiosmtpd installed, Prism in the path
#   scripts/services.sh env               the settings as shell exports
#   scripts/services.sh status | stop | remove
. "$(dirname "$0")/common.sh"
. "$PROJECT/scripts/postgres.sh"
. "$PROJECT/scripts/rabbitmq.sh"

lock() {
    make_run_dir
    exec 9>"$RUN/lock"
    flock 9
}

# The backend is chosen once and remembered, so that `stop` and a later start agree.
backend() { cat "$RUN/backend-$1" 2>/dev/null || true; }

compose() {
    RELANCE_POSTGRES_PORT=$(port_for postgres) RELANCE_RABBITMQ_PORT=$(port_for rabbitmq) \
        docker compose --project-name "relance-$PROJECT_KEY" --file "$PROJECT/docker/compose.yaml" "$@"
}

docker_answers() { command -v docker >/dev/null && timeout 10 docker info >/dev/null 2>&1 && docker compose version >/dev/null 2>&1; }

docker_url() {
    case $1 in
        postgres) echo "postgres://relance:relance@127.0.0.1:$(port_for postgres)/relance" ;;
        rabbitmq) echo "amqp://relance:relance@127.0.0.1:$(port_for rabbitmq)/%2f" ;;
    esac
}

start_one() {
    local name=$1
    if [ "$(backend "$name")" != private ] && docker_answers; then
        say "starting $name with Docker"
        if compose up --detach --wait "$name" >"$RUN/compose.log" 2>&1 </dev/null 9>&-; then
            echo docker >"$RUN/backend-$name"
            return
        fi
        tail -n 5 "$RUN/compose.log" >&2
        warn "Docker could not start $name; using Debian's package instead"
    fi
    echo private >"$RUN/backend-$name"
    case $name in
        postgres) pg_start ;;
        rabbitmq) mq_start ;;
    esac
}

up() {
    lock
    if [ -z "${DATABASE_URL:-}" ]; then start_one postgres; fi
    if [ -z "${AMQP_URL:-}" ]; then start_one rabbitmq; fi
    exec 9>&-
}

url_of() {
    local name=$1
    if [ "$(backend "$name")" = docker ]; then docker_url "$name"; return; fi
    case $name in
        postgres) pg_url ;;
        rabbitmq) mq_url ;;
    esac
}

set_environment() {
    export DATABASE_URL=${DATABASE_URL:-$(url_of postgres)}
    export AMQP_URL=${AMQP_URL:-$(url_of rabbitmq)}
}

# What the tests start themselves: a real SMTP server, and mocks of the providers.
tools_for_tests() {
    "$PROJECT/scripts/tools.sh" smtp
    "$PROJECT/scripts/tools.sh" prism
    export PATH=$TOOLS/bin:$TOOLS/node_modules/.bin:$PATH
}

stop() {
    if [ ! -d "$RUN" ]; then return; fi
    lock
    mq_stop
    pg_stop
    if grep -qs docker "$RUN"/backend-*; then compose down </dev/null 9>&-; fi
    exec 9>&-
}

status() {
    local name
    if [ ! -d "$RUN" ]; then
        echo "nothing was started for $PROJECT"
        return
    fi
    for name in postgres rabbitmq; do
        case $(backend $name) in
            docker) echo "$name: Docker, 127.0.0.1:$(port_for $name)" ;;
            private)
                if case $name in postgres) pg_running ;; rabbitmq) mq_running ;; esac then
                    echo "$name: runs on 127.0.0.1:$(port_for $name), files in $RUN/$name"
                else
                    echo "$name: stopped, files in $RUN/$name"
                fi
                ;;
            *) echo "$name: not started by this project" ;;
        esac
    done
}

case ${1:-} in
    up) up ;;
    run)
        shift
        up
        set_environment
        exec "$@"
        ;;
    run-tests)
        shift
        up
        tools_for_tests
        set_environment
        exec "$@"
        ;;
    env)
        up
        set_environment
        printf 'export DATABASE_URL=%q\nexport AMQP_URL=%q\n' "$DATABASE_URL" "$AMQP_URL"
        ;;
    status) status ;;
    stop) stop ;;
    remove)
        stop
        rm -rf "$RUN"
        if [ -L "$PROJECT/.run" ]; then rm -f "$PROJECT/.run"; fi
        ;;
    *)
        sed -n '2,/^\./{/^#/p}' "$0" | cut -c3- >&2
        exit 2
        ;;
esac
