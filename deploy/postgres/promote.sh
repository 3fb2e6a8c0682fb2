#!/bin/sh
# Makes the hot standby of deploy/compose/three.yml a primary, which takes writes. Stop the old
# primary for good before.
set -eu
PGPASSWORD=$(cat /run/interlock/superuser-password) exec psql -X -q -A -t -v ON_ERROR_STOP=1 \
  -h 127.0.0.1 -U postgres -d postgres -c "do \$\$ begin
    if not pg_promote() then raise 'the standby was not promoted within a minute'; end if;
  end \$\$"
