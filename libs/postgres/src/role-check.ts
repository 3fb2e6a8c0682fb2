import { ProblemError } from '@interlock/kernel';
import type { ClientBase, Pool } from 'pg';
import { reading } from './errors.js';

/** What Postgres says of the role of a connection, and of the connections that it gives out. */
export type RoleFacts = {
  readonly role: string;
  /** True if the role is, or may become, a superuser or a role that row-level security skips. */
  readonly unbound: boolean;
  /** The connections that the role may have; null if only the server limits them. */
  readonly limit: number | null;
  /** The sum of the limits of all roles that may log in and have one. */
  readonly limits: number;
  /** `max_connections` without the connections that are kept for superusers. */
  readonly available: number;
};
/** The settings that a process starts with. */
export type RoleDemands = {
  /** The connections that the process's pool may open. */
  readonly poolMax: number;
  /** True: `ALLOW_SUPERUSER` insists on a role that row-level security does not limit. */
  readonly allowSuperuser: boolean;
};

/** Why the rights of a role are too wide for a service; empty if they are not. */
export const rightFaults = (
  { role, unbound }: Pick<RoleFacts, 'role' | 'unbound'>,
  { allowSuperuser }: Pick<RoleDemands, 'allowSuperuser'>,
): readonly string[] =>
  unbound && !allowSuperuser
    ? [
        `the role \`${role}\` is a superuser or may bypass row-level security, so tenants are not kept apart (ALLOW_SUPERUSER=true insists)`,
      ]
    : [];

/** Why Postgres cannot serve a pool, one sentence for each reason; empty if it can. */
export const poolFaults = (
  { role, limit, limits, available }: RoleFacts,
  { poolMax }: Pick<RoleDemands, 'poolMax'>,
): readonly string[] => [
  ...(limit !== null && poolMax > limit
    ? [`a pool of ${poolMax} connections exceeds the ${limit} that the role \`${role}\` may have`]
    : []),
  ...(poolMax > available
    ? [`a pool of ${poolMax} connections exceeds the ${available} that Postgres gives out`]
    : []),
  ...(limits > available
    ? [`the roles' limits add up to ${limits} connections, and Postgres gives out ${available}`]
    : []),
];

/**
 * Why a process must not start on these connections, one sentence for each reason; empty if it may.
 */
export const roleFaults = (facts: RoleFacts, demands: RoleDemands): readonly string[] => [
  ...rightFaults(facts, demands),
  ...poolFaults(facts, demands),
];

type Row = {
  readonly role: string;
  readonly unbound: boolean;
  readonly own: number;
  readonly limits: string;
  readonly available: number;
};

/** Reads the facts over one connection. Throws `database-unavailable` if the database is away. */
export const readRoleFacts = async (pool: Pool | ClientBase): Promise<RoleFacts> => {
  const { rows } = await reading(() =>
    pool.query<Row>(
      `select current_user as role,
       exists (select from pg_roles where (rolsuper or rolbypassrls) and pg_has_role(current_user, oid, 'MEMBER')) as unbound,
       (select rolconnlimit from pg_roles where rolname = current_user) as own,
       (select coalesce(sum(rolconnlimit), 0) from pg_roles where rolcanlogin and not rolsuper and rolconnlimit > 0) as limits,
       current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
         - coalesce(nullif(current_setting('reserved_connections', true), '')::int, 0) as available`,
    ),
  );
  const row = rows[0]!;
  return {
    role: row.role,
    unbound: row.unbound,
    limit: row.own < 0 ? null : row.own,
    limits: Number(row.limits),
    available: row.available,
  };
};

/**
 * Refuses a role that row-level security does not limit, and pools that Postgres cannot serve.
 * Throws `database-unavailable` with every reason, also if nothing answers.
 */
export const checkRole = async (pool: Pool, demands: RoleDemands): Promise<void> => {
  const faults = roleFaults(await readRoleFacts(pool), demands);
  if (faults.length === 0) return;
  throw new ProblemError('database-unavailable', faults.join('; '), {
    remedy:
      'give each service a role of its own without these rights, or change DATABASE_POOL_MAX, replicas or max_connections',
  });
};
