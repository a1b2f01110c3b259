#!/usr/bin/env bash
# Starts PostgreSQL as the unprivileged user that the container runs as, and makes the database the first time.
#
# In place of the image's own entry point, which begins as root. Needed of the image: bash, the user `postgres`, and
# PostgreSQL's programs in PATH.
set -euo pipefail
volume=/var/lib/postgresql/data
export PGDATA=$volume/sallyport

# Made aside and moved into place when it is whole, so that a first start that was cut off begins again.
if [ ! -d "$PGDATA" ]; then
  rm -rf "$volume/new"
  initdb --pgdata="$volume/new" --username=postgres --auth=peer --encoding=UTF8 --locale=C --data-checksums
  {
    echo "CREATE ROLE sallyport_owner LOGIN CREATEROLE PASSWORD '$(cat /secrets/owner.password)';"
    echo "CREATE DATABASE sallyport OWNER sallyport_owner;"
  } | postgres --single -D "$volume/new" -c password_encryption=scram-sha-256 postgres
  mv "$volume/new" "$PGDATA"
fi

# Sallyport refuses to start unless fsync and synchronous_commit are on.
exec postgres -c hba_file=/deploy/pg_hba.conf -c unix_socket_directories=/tmp -c listen_addresses='*' \
  -c password_encryption=scram-sha-256 -c fsync=on -c synchronous_commit=on -c full_page_writes=on \
  -c max_connections=100 -c shared_buffers=128MB -c log_connections=off "$@"
