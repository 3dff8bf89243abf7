#!/bin/sh
# What compose.yaml needs of PostgreSQL's image: a new data folder gets a password and runs the .sql files once.
set -eu
export PGDATA=/var/lib/postgresql/data/cluster
if [ ! -s "$PGDATA/PG_VERSION" ]; then
    initdb -U postgres -E UTF8 --auth-local=trust --auth-host=scram-sha-256 >/dev/null
    echo "host all all all scram-sha-256" >>"$PGDATA/pg_hba.conf"
    pg_ctl -w start -o "-c listen_addresses=''" >/dev/null
    for file in /docker-entrypoint-initdb.d/*.sql; do
        psql -q -U postgres -d postgres -f "$file"
    done
    pg_ctl -w stop >/dev/null
fi
exec "$@" -c "listen_addresses=*"
