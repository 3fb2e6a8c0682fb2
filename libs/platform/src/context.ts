import type { Timestamp } from '@interlock/contracts';
import type { EventStore } from '@interlock/kernel';
import type { People } from '@interlock/people';
import type { NatsConnection } from 'nats';
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';

/** Where an identity provider's plain tokens say what somebody may do: `a.b` is the member `b` of the claim `a`. */
export type ClaimNames = {
  /** The claim with the list of roles. */
  readonly roles: string;
  /** The claim with the person's own tenant, `tenant` where not given; further ones stand in `tenants`. */
  readonly tenant?: string;
  /** What only a person's token has: a claim, or one value of it. Where not given, the standard signs of a login (`auth_time`, `amr`) tell. */
  readonly person?: { readonly name: string; readonly value?: string };
};

/**
 * How tokens are verified: keys by URL or in place. `may_name`: the agents and accounts (`*` is any) that a token of this issuer may name in an intent, and the
 * signals that it may report, where its subject has no list of its own; without it such a token may name none.
 */
export type AuthSettings = {
  readonly issuer: string;
  readonly audience: string;
  readonly jwks: { readonly url: string } | { readonly keys: readonly object[] };
  /** Absent: only tokens that name `tenant`, `scope` and `principal_kind` themselves are taken. */
  readonly claims?: ClaimNames;
  readonly may_name?: {
    readonly agents: readonly string[];
    readonly accounts: readonly string[];
    readonly signals?: readonly string[];
  };
};

/** What a service is started with; one process may hold several, with one log client, NATS connection and pool between them. */
export type ServiceContext = {
  /** Name of the service, e.g. `policy-registry`: its queue group, database schema (dashes as underscores), metrics label. */
  readonly service: string;
  readonly store: EventStore;
  readonly nats: NatsConnection;
  readonly database: Pool;
  /** Who is who, one for the process. */
  readonly people: People;
  readonly metrics: Registry;
  readonly logger: Logger;
  readonly auth: AuthSettings;
  /** The environment that the service's config class is read from. */
  readonly environment: { readonly [name: string]: string | undefined };
  /** Where its HTTP side listens; port 0 takes a free one. */
  readonly http: { readonly host: string; readonly port: number };
  /** Migrations run at start (the embedded stack and tests only). */
  readonly migrate: boolean;
  /** The clock that daily schedules go by; absent: the system's. */
  readonly clock?: () => Timestamp;
};

export type RunningService = {
  readonly service: string;
  readonly http: { readonly host: string; readonly port: number };
  readonly stop: () => Promise<void>;
};

/** Every service's `main.ts` exports `start` of this type. */
export type StartService = (context: ServiceContext) => Promise<RunningService>;

/** A service's word where its process could not start it, of a log or database that is away. It never throws. */
export type StartFailed = (
  of: Pick<ServiceContext, 'environment' | 'logger'>,
  error: unknown,
) => Promise<void>;
/** A service with tables of its own exports `migrate` of this type beside `start`; `interlock migrate` runs it where services don't at their start. */
export type MigrateService = (pool: Pool, logger: Logger) => Promise<void>;
