import type { Timestamp } from '@interlock/contracts';
import type { EventStore } from '@interlock/kernel';
import type { People } from '@interlock/people';
import type { NatsConnection } from 'nats';
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';

/**
 * The claims of an identity provider's plain tokens that hold permissions. `a.b` is the member `b`
 * of the claim `a`.
 */
export type ClaimNames = {
  /** The claim with the list of roles. */
  readonly roles: string;
  /** The claim with the person's own tenant. Absent: `tenant`. Further tenants are in `tenants`. */
  readonly tenant?: string;
  /**
   * A claim, or one value of a claim, that only a person's token has. If absent, the standard signs
   * of a login decide (`auth_time`, `amr`).
   */
  readonly person?: { readonly name: string; readonly value?: string };
};

/**
 * How tokens are verified: with keys from a URL, or with the given ones. `may_name` is for tokens
 * of this issuer whose subject has no list of its own. It lists the agents and accounts (`*`: any)
 * that such a token may name, and the signals that it may report. Without `may_name`, it may name
 * none.
 */
export type AuthSettings = {
  readonly issuer: string;
  readonly audience: string;
  readonly jwks: { readonly url: string } | { readonly keys: readonly object[] };
  /**
   * Absent: only tokens that name `tenant`, `scope` and `principal_kind` themselves are accepted.
   */
  readonly claims?: ClaimNames;
  readonly may_name?: {
    readonly agents: readonly string[];
    readonly accounts: readonly string[];
    readonly signals?: readonly string[];
  };
  /**
   * The edge, which gives tokens to registered agents. `issuer` is the address at which they reach
   * it, without a path; their proofs must name it. Absent: agents' tokens are refused.
   */
  readonly agents?: {
    readonly issuer: string;
    readonly jwks: { readonly url: string } | { readonly keys: readonly object[] };
  };
};

/**
 * The parts that a service is started with. One process may hold several services, which share one
 * log client, NATS connection and pool.
 */
export type ServiceContext = {
  /**
   * The name of the service, e.g. `policy-registry`. It is also its queue group, its metrics label,
   * and its database schema, with underscores instead of dashes.
   */
  readonly service: string;
  readonly store: EventStore;
  readonly nats: NatsConnection;
  readonly database: Pool;
  /** The directory of people, one for the process. */
  readonly people: People;
  readonly metrics: Registry;
  readonly logger: Logger;
  readonly auth: AuthSettings;
  /** The environment from which the service's config class is read. */
  readonly environment: { readonly [name: string]: string | undefined };
  /** The address of its HTTP server; port 0 takes a free one. */
  readonly http: { readonly host: string; readonly port: number };
  /** True runs migrations at the start. Only the embedded stack and tests use it. */
  readonly migrate: boolean;
  /** The clock of daily schedules; absent: the system's. */
  readonly clock?: () => Timestamp;
};

export type RunningService = {
  readonly service: string;
  readonly http: { readonly host: string; readonly port: number };
  readonly stop: () => Promise<void>;
};

/** The type of `start`, which every service's `main.ts` exports. */
export type StartService = (context: ServiceContext) => Promise<RunningService>;

/**
 * A service's report that its process could not start it because the log or database is away. It
 * never throws.
 */
export type StartFailed = (
  of: Pick<ServiceContext, 'environment' | 'logger'>,
  error: unknown,
) => Promise<void>;
/**
 * The type of `migrate`, which a service with tables exports besides `start`. `interlock migrate`
 * runs it if services do not migrate at their start.
 */
export type MigrateService = (pool: Pool, logger: Logger) => Promise<void>;
