#!/bin/sh
# A hot standby of the server `postgres`, for deploy/compose/three.yml. Its first start copies the
# files of the running server from the volume at /primary. Then it follows through a replication
# slot. To take over: promote.sh.
set -eu
password=$(cat /run/interlock/superuser-password)
primary=$(dirname "$(find /primary -maxdepth 3 -name PG_VERSION | head -n 1)")
data=/var/lib/postgresql${primary#/primary}
ask() { PGPASSWORD=$password psql -X -q -A -t -v ON_ERROR_STOP=1 -h postgres -U postgres -d postgres "$@"; }

if [ ! -e "$data/PG_VERSION" ]; then
  rm -rf "$data.part"
  mkdir -p "$data.part"
  ask -c "select pg_create_physical_replication_slot('standby', true)
    where not exists (select from pg_replication_slots where slot_name = 'standby')"
  # Both calls belong to one session. Files that vanish meanwhile are in the log that is replayed.
  ask <<SQL
select pg_backup_start('standby', fast => true);
\! cp -a "$primary/." "$data.part/" 2>"$data.part/errors" || ! grep -v 'No such file or directory' "$data.part/errors" || touch "$data.part/failed"
\o $data.part/backup_label
select labelfile from pg_backup_stop(wait_for_archive => false);
SQL
  if [ -e "$data.part/failed" ] || [ ! -s "$data.part/backup_label" ]; then
    echo 'the files of the primary could not be copied' >&2
    exit 1
  fi
  cd "$data.part"
  rm -rf errors postmaster.pid postmaster.opts pg_replslot/*
  cat >>postgresql.auto.conf <<CONF
primary_conninfo = 'host=postgres user=postgres password=$password application_name=standby'
primary_slot_name = 'standby'
CONF
  touch standby.signal
  chown -R --reference=PG_VERSION .
  chmod 700 .
  mv "$data.part" "$data"
fi
exec docker-entrypoint.sh postgres "$@"
