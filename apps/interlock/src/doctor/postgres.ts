import { fileURLToPath } from 'node:url';
import { buildOf } from '@interlock/platform';
import { poolFaults, readRoleFacts, rightFaults, type RoleFacts } from '@interlock/postgres';
import pg from 'pg';
import { isPrepared } from '../container/database.js';
import { clockFinding, failed, ok, skipped, warning, withoutTls, type Finding, type Part } from './check.js';

/** The database that is examined, and the connections that the installation opens to it. */
export type DatabaseSource = {
  readonly url: () => string;
  /** The size of one process's pool. */
  readonly poolMax: number;
  /** The size of all processes' pools together. */
  readonly wanted: number;
  readonly allowSuperuser: boolean;
};
type Open = { readonly client: pg.Client; readonly url: URL; readonly facts: RoleFacts };

/**
 * The version that the tests run on. `oldest` is the oldest that Postgres still maintained in 2026.
 */
const tested = 18;
const oldest = 14;

const codeOf = (error: unknown): unknown =>
  (error as { readonly code?: unknown } | null)?.code ??
  (error instanceof AggregateError ? codeOf(error.errors[0]) : undefined);

const remedies: { readonly [code: string]: string | undefined } = {
  '28P01': 'set DATABASE_PASSWORD, or DATABASE_PASSWORD_FILE, to the password of the role in DATABASE_URL',
  '28000': 'let the role log in from this machine in pg_hba.conf, with TLS if that line demands it',
  '3D000': 'create the database, or correct its name in DATABASE_URL',
  '42501': 'run `prepare`, or grant the role connect on the database',
  ENOENT: 'name files that this user can read by `sslrootcert`, `sslcert` and `sslkey` in DATABASE_URL',
  ERR_INVALID_URL: 'name the database in DATABASE_URL as `postgres://USER@HOST:PORT/DATABASE`',
  '53300': 'raise max_connections of Postgres, or lower DATABASE_POOL_MAX or the replicas',
};

const remedyOf = (error: unknown): string => {
  const code = codeOf(error);
  const known = typeof code === 'string' ? remedies[code] : undefined;
  if (known !== undefined) return known;
  const text = String(error);
  if (text.includes('does not support SSL'))
    return 'turn on `ssl` in Postgres; only on a private network, remove `sslmode` from DATABASE_URL';
  return 'start Postgres, and see that DATABASE_URL names its host and port and the network lets this machine through';
};

const open = async (source: DatabaseSource): Promise<{ part: Open; found: string }> => {
  const url = new URL(source.url());
  const client = new pg.Client({ connectionString: url.href, application_name: 'interlock-doctor' });
  // Without a listener, a connection that is lost while idle would end the process.
  client.on('error', () => undefined);
  await client.connect().catch((error: unknown) => {
    if (!/client password must be/.test(String(error))) throw error;
    throw Object.assign(new Error('the role needs a password, and none is set'), { code: '28P01' });
  });
  await client.query('set default_transaction_read_only = on');
  const facts = await readRoleFacts(client);
  return {
    part: { client, url, facts },
    found: `the role \`${facts.role}\` is let in at ${url.host}${url.pathname}`,
  };
};

const tls = async ({ client, url }: Open): Promise<Finding> => {
  const { rows } = await client.query<{ ssl: boolean; version: string | null }>(
    'select ssl, version from pg_stat_ssl where pid = pg_backend_pid()',
  );
  const remedy = 'add `sslmode=verify-full&sslrootcert=FILE` to DATABASE_URL';
  if (rows[0]?.ssl === true) {
    return url.searchParams.get('sslmode') === 'no-verify'
      ? warning(`${rows[0].version ?? 'TLS'}, and the server's certificate is not verified`, remedy)
      : ok(`${rows[0].version ?? 'TLS'}, and the server's certificate is verified`);
  }
  return withoutTls(
    [url.hostname],
    warning('no TLS: passwords and data cross the network in clear text', remedy),
  );
};

const version = async ({ client }: Open): Promise<Finding> => {
  const { rows } = await client.query<{ number: string; text: string }>(
    "select current_setting('server_version_num') as number, current_setting('server_version') as text",
  );
  const major = Math.floor(Number(rows[0]?.number) / 10_000);
  const found = `Postgres ${rows[0]?.text ?? 'of an unknown version'}`;
  if (major < oldest) return failed(found, `upgrade Postgres to version ${tested}; ${oldest} is the oldest`);
  return major === tested
    ? ok(found)
    : warning(
        `${found}; the tests of Interlock run on ${tested}`,
        `run Postgres ${tested}, or try yours first`,
      );
};

const role = ({ facts }: Open, { allowSuperuser }: DatabaseSource): Finding => {
  const faults = rightFaults(facts, { allowSuperuser });
  if (faults.length > 0)
    return failed(faults.join('; '), 'give each service a role of its own without these rights');
  return facts.unbound
    ? warning(
        `row-level security does not limit \`${facts.role}\`, and ALLOW_SUPERUSER accepts it`,
        'give each service a role of its own, then remove ALLOW_SUPERUSER',
      )
    : ok(`row-level security limits \`${facts.role}\``);
};

const rights = async ({ client, facts }: Open): Promise<Finding> => {
  const { rows } = await client.query<{ create: boolean; temporary: boolean; people: boolean | null }>(
    `select has_database_privilege(current_database(), 'CREATE') as create,
       has_database_privilege(current_database(), 'TEMPORARY') as temporary,
       (select has_schema_privilege(oid, 'USAGE') from pg_namespace where nspname = 'people') as people`,
  );
  const missing = [
    ...(rows[0]?.create === true ? [] : ['create schemas']),
    ...(rows[0]?.temporary === true ? [] : ['create temporary tables']),
    ...(rows[0]?.people === false ? ['use the schema `people`'] : []),
  ];
  return missing.length === 0
    ? ok('the role may create the schemas of its read models')
    : failed(
        `the role \`${facts.role}\` may not ${missing.join(', ')}`,
        'run `prepare`, or grant the role connect, create and temporary on the database',
      );
};

const connections = async (
  { client, facts }: Open,
  { poolMax, wanted }: DatabaseSource,
): Promise<Finding> => {
  const remedy = 'lower DATABASE_POOL_MAX or the replicas, or raise max_connections of Postgres';
  const faults = poolFaults(facts, { poolMax });
  if (faults.length > 0) return failed(faults.join('; '), remedy);
  // The limits of the roles are the pools of all instances, as `prepare` sets them.
  const all = facts.limits > 0 ? facts.limits : wanted;
  const found = `the pools of all services may open ${all} connections, and Postgres gives out ${facts.available}`;
  if (all > facts.available) return failed(found, remedy);
  const { rows } = await client.query<{ used: number }>(
    'select coalesce(sum(numbackends), 0)::int as used from pg_stat_database',
  );
  return ok(`${found}; ${rows[0]?.used ?? 0} are open`);
};

const clock = async ({ client }: Open): Promise<Finding> => {
  const before = Date.now();
  const { rows } = await client.query<{ at: string }>(
    'select extract(epoch from clock_timestamp()) * 1000 as at',
  );
  const half = (Date.now() - before) / 2;
  return clockFinding(Number(rows[0]?.at) - before - half, half + 1);
};

const prepared = async (source: DatabaseSource): Promise<Finding> => {
  // The services' build, which contains this file. The command line that asks has its own build.
  const build = buildOf(fileURLToPath(import.meta.url));
  try {
    return (await isPrepared(source.url(), build))
      ? ok('`prepare` of this build has ended')
      : warning('`prepare` of this build has not run', 'run `prepare` of this build before its services');
  } catch (error) {
    if (codeOf(error) === '42P01' || codeOf(error) === '3F000' || codeOf(error) === '42501')
      return skipped('`prepare` has never run on this database, as in an installation without containers');
    throw error;
  }
};

/** Returns the checks of Postgres. They only read. */
export const databasePart = (source: DatabaseSource | undefined): Part<Open> => {
  const given = source ?? { url: () => '', poolMax: 0, wanted: 0, allowSuperuser: false };
  return {
    name: 'postgres',
    absent: source === undefined ? 'DATABASE_URL is not set' : undefined,
    open: () => open(given),
    tls: {
      authority: '`sslrootcert` of DATABASE_URL',
      address: 'DATABASE_URL',
      client: '`sslcert` and `sslkey` of DATABASE_URL',
    },
    remedyOf,
    close: ({ client }) => client.end(),
    checks: [
      { name: 'tls', remedy: 'look at the log of Postgres', look: tls },
      { name: 'version', remedy: 'look at the log of Postgres', look: version },
      { name: 'role', remedy: 'look at the log of Postgres', look: (part) => role(part, given) },
      { name: 'rights', remedy: 'look at the log of Postgres', look: rights },
      {
        name: 'connections',
        remedy: 'look at the log of Postgres',
        look: (part) => connections(part, given),
      },
      { name: 'prepared', remedy: 'look at the log of Postgres', look: () => prepared(given) },
      { name: 'clock', remedy: 'look at the log of Postgres', look: clock },
    ],
  };
};
