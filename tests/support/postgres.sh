#!/usr/bin/env bash
# A PostgreSQL of one's own, for as long as standard input stays open.
#
# Makes a cluster in a temporary directory, starts it on a free loopback port and prints its URL on standard output.
# When standard input ends, which it does however the caller dies, the server is stopped and the directory removed.
# Set TMPDIR to choose where the directory is made.
set -euo pipefail
# A key pressed at the terminal is for the caller: what counts here is its end.
trap '' INT HUP TERM

fail() {
    echo "PostgreSQL for the tests: $*" >&2
    exit 1
}

find_binaries() {
    local directory
    # POSTGRES_SEARCH names the directories to look in, where it is not the usual ones.
    for directory in ${POSTGRES_SEARCH:-$(
        ls -d /usr/lib/postgresql/*/bin /usr/pgsql-*/bin 2>/dev/null | sort -rV
        pg_config --bindir 2>/dev/null
        dirname "$(command -v postgres)" 2>/dev/null
    )}; do
        if [[ -x $directory/postgres && -x $directory/initdb ]]; then
            echo "$directory"
            return
        fi
    done
    fail "no server found. Install the package postgresql (on Debian: apt-get install postgresql)."
}

# The server refuses to run as root.
unprivileged() {
    if [[ $EUID -ne 0 ]]; then
        exec "$@"
    fi
    exec setpriv --reuid="$owner" --regid="$group" --clear-groups -- "$@"
}

# The server writes `ready` on the last line of its pid file once it takes connections.
ready() {
    grep -q '^ready' "$directory/data/postmaster.pid" 2>/dev/null
}

start() {
    local port=$1
    (cd / && unprivileged "$binaries/postgres" -D "$directory/data" -p "$port") </dev/null >"$directory/log" 2>&1 &
    server=$!
    for _ in $(seq 600); do
        ready && return 0
        kill -0 "$server" 2>/dev/null || return 1
        sleep 0.05
    done
    fail "did not become ready within 30 seconds: $(tail -n 5 "$directory/log")"
}

stop() {
    if [[ -n ${server:-} ]]; then
        # At once, without a last checkpoint: nobody needs the data.
        kill -QUIT "$server" 2>/dev/null || true
        wait "$server" 2>/dev/null || true
    fi
    rm -rf "$directory"
}

binaries=$(find_binaries)
directory=$(mktemp -d -t roster-postgres-XXXXXXXX)
trap stop EXIT
# The file holds a process id, for whoever finds the directory and wonders.
echo $$ >"$directory/keeper.pid"

if [[ $EUID -eq 0 ]]; then
    owner=$(id -u postgres 2>/dev/null || id -u nobody)
    group=$(id -g postgres 2>/dev/null || id -g nobody)
    command -v setpriv >/dev/null || fail "setpriv is missing: install the package util-linux."
    chown "$owner:$group" "$directory"
fi

password=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
(umask 077 && echo "$password" >"$directory/password")
if [[ $EUID -eq 0 ]]; then chown "$owner:$group" "$directory/password"; fi
(cd / && unprivileged "$binaries/initdb" -D "$directory/data" --username=roster --pwfile="$directory/password" \
    --auth=scram-sha-256 --encoding=UTF8 --locale=C --no-sync --no-instructions) </dev/null >"$directory/log" 2>&1 ||
    fail "initdb failed: $(tail -n 5 "$directory/log")"

# fsync and synchronous_commit stay as they are, on: Roster refuses a server without them.
cat >>"$directory/data/postgresql.conf" <<CONFIGURATION
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 400
CONFIGURATION

for _ in $(seq 20); do
    port=$((20000 + RANDOM % 12000))
    if start "$port"; then
        echo "postgres://roster:$password@127.0.0.1:$port/postgres"
        # Until the caller is gone.
        cat >/dev/null || true
        exit 0
    fi
    grep -q 'Address already in use' "$directory/log" || fail "did not start: $(tail -n 5 "$directory/log")"
done
fail "found no free port"
