# Sourced by services.sh: a private RabbitMQ on loopback, with its own folder, ports, node name, cookie and port mapper,
# so that it neither sees nor disturbs another node of this machine.

MQ=$RUN/rabbitmq
MQ_NODE=relance-$PROJECT_KEY@localhost

mq_bin() { ls -d /usr/lib/rabbitmq/lib/rabbitmq_server-*/sbin 2>/dev/null | sort -rV | head -n 1; }
mq_url() { echo "amqp://relance:$(secret_for rabbitmq)@127.0.0.1:$(port_for rabbitmq)/%2f"; }
mq_pid() { if [ -r "$MQ/pid" ]; then cat "$MQ/pid"; fi; }

# The listener opens last, and answers the protocol header with a method frame (first octet 1).
mq_ready() {
    local first
    first=$( (
        exec 3<>"/dev/tcp/127.0.0.1/$(port_for rabbitmq)" || exit 1
        printf 'AMQP\x00\x00\x09\x01' >&3
        timeout 2 head -c 1 <&3 | od -An -tu1
    ) 2>/dev/null) || return 1
    [ "${first//[[:space:]]/}" = 1 ]
}
mq_running() { alive "$(mq_pid)" "$MQ" && mq_ready; }

# mq_run CMD…: with this node's environment, and nothing of the machine's own RabbitMQ.
mq_run() {
    (
        cd "$MQ"
        as_user rabbitmq env HOME="$MQ" ERL_EPMD_PORT="$(port_for epmd)" ERL_EPMD_ADDRESS=127.0.0.1 \
            RABBITMQ_CONF_ENV_FILE="$MQ/no-env" RABBITMQ_CONFIG_FILE="$MQ/rabbitmq.conf" \
            RABBITMQ_ADVANCED_CONFIG_FILE="$MQ/no-advanced.config" RABBITMQ_ENABLED_PLUGINS_FILE="$MQ/enabled_plugins" \
            RABBITMQ_NODENAME="$MQ_NODE" RABBITMQ_DIST_PORT="$(port_for erlang)" RABBITMQ_MNESIA_BASE="$MQ/db" \
            RABBITMQ_LOG_BASE="$MQ/log" RABBITMQ_PID_FILE="$MQ/pid" \
            RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="-kernel inet_dist_use_interface {127,0,0,1}" "$@"
    )
}

mq_configure() {
    local user=rabbitmq
    own_folder $user "$MQ"
    as_user $user tee "$MQ/rabbitmq.conf" >/dev/null <<CONF
listeners.tcp.1 = 127.0.0.1:$(port_for rabbitmq)
default_user = relance
default_pass = $(secret_for rabbitmq)
disk_free_limit.absolute = 50MB
CONF
    as_user $user chmod 600 "$MQ/rabbitmq.conf"
    echo '[].' | as_user $user tee "$MQ/enabled_plugins" >/dev/null
}

mq_start_once() {
    mq_configure
    # Chosen here, before what runs at the same time asks for them.
    port_for epmd >/dev/null
    port_for erlang >/dev/null
    say "starting RabbitMQ on 127.0.0.1:$(port_for rabbitmq) as $MQ_NODE (about 10 seconds)"
    mq_run setsid bash -c 'echo $$ >epmd.pid; exec epmd -port "$ERL_EPMD_PORT" -address 127.0.0.1' >"$RUN/epmd.log" 2>&1 </dev/null 9>&- &
    wait_until 10 port_answers "$(port_for epmd)" || return 1
    rm -f "$MQ/pid"
    mq_run "$(mq_bin)/rabbitmq-server" -detached >"$RUN/rabbitmq-start.log" 2>&1 </dev/null 9>&- || return 1
    wait_until 60 mq_running
}

mq_start() {
    if [ -z "$(mq_bin)" ]; then install_packages rabbitmq-server; fi
    [ -n "$(mq_bin)" ] || die "rabbitmq-server is installed in a place this script does not know; set AMQP_URL instead"
    if mq_running; then return; fi
    local try
    for try in 1 2; do
        if mq_start_once; then return; fi
        mq_stop
        # A port may have been taken meanwhile: forget them and take others.
        rm -f "$RUN"/port-{rabbitmq,erlang,epmd}
    done
    tail -n 20 "$RUN/rabbitmq-start.log" "$MQ/log/$MQ_NODE.log" >&2 || true
    die "the private RabbitMQ does not start; its logs are in $MQ/log"
}

mq_stop() {
    if alive "$(mq_pid)" "$MQ"; then
        say "stopping RabbitMQ"
        end "$(mq_pid)" "$MQ"
    fi
    if [ -r "$MQ/epmd.pid" ]; then end "$(cat "$MQ/epmd.pid")" epmd; fi
}
