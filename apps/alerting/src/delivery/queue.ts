import { Injectable } from '@nestjs/common';
import type { Timestamp } from '@interlock/contracts';
import type { AlertRoute, ChannelSettings, Notice } from '@interlock/notify';
import { allTenants, iso, withTenant } from '@interlock/postgres';
import { sql, type RawBuilder } from 'kysely';
import type { NoticeCause, UpstreamNotice, WebhookTarget } from './deliveries.tables.js';
import { DeliveriesRunner } from '../runners.js';

type ClaimedRow = {
  readonly tenant_id: string;
  readonly channel_id: string;
  readonly dedup_key: string;
  readonly alert_id: string;
  readonly episode: number;
  readonly attempts: number;
  readonly first_at: Timestamp;
  readonly cause: NoticeCause | null;
  readonly claimed_by: string;
};
/** A notice that this worker has claimed, for a channel. `attempts` counts this one. */
export type ClaimedNotice = ClaimedRow & { readonly notice: Notice; readonly settings: ChannelSettings };
/** A claimed notice for a webhook. */
export type ClaimedUpstream = ClaimedRow & {
  readonly notice: UpstreamNotice;
  readonly settings: WebhookTarget;
  readonly owner: string;
};
export type Claimed = ClaimedNotice | ClaimedUpstream;
export const isUpstream = (claimed: Claimed): claimed is ClaimedUpstream =>
  claimed.settings.kind === 'outcomes';
export type Claim = Pick<Claimed, 'tenant_id' | 'channel_id' | 'dedup_key' | 'claimed_by'>;
export type DueEscalation = {
  readonly tenant_id: string;
  readonly alert_id: string;
  readonly episode: number;
  readonly from_route: string;
  readonly to_route: string;
  readonly cause: NoticeCause | null;
};
/** The channels and routes of every tenant, without secrets. */
export type Reaches = {
  readonly [tenant: string]: {
    readonly routes: readonly AlertRoute[] | null;
    readonly channels: { readonly [id: string]: ChannelSettings };
  };
};

/**
 * The queue of notices in Postgres. The read model holds pending notices; `_claims` holds their
 * workers and the times of the next attempts.
 */
@Injectable()
export class DeliveryQueue {
  constructor(private readonly runner: DeliveriesRunner) {}

  #table(name: string): RawBuilder<unknown> {
    return sql`${sql.id(this.runner.schema(), name)}`;
  }

  /**
   * Claims due notices, oldest first, except those of channels in `busy`. An acknowledgement or an
   * end waits for the earlier notices of the alert on the channel. An outcome waits for its
   * acceptance; a firing waits for nothing. Two workers never claim the same notice; a claim
   * expires at `until`.
   */
  claim(of: {
    readonly by: string;
    readonly now: Timestamp;
    readonly until: Timestamp;
    readonly limit: number;
    readonly busy: readonly string[];
  }): Promise<readonly Claimed[]> {
    const { by, now, until, limit, busy } = of;
    const [deliveries, claims, channels, webhooks] = [
      this.#table('deliveries'),
      this.#table('_claims'),
      this.#table('channels'),
      this.#table('webhooks'),
    ];
    return withTenant(this.runner.db(), allTenants, async (db) => {
      const { rows } = await sql<Omit<ClaimedRow, 'first_at'> & { first_at: Date | string }>`with due as (
          select d.tenant_id, d.channel_id, d.dedup_key from ${deliveries} d
          left join ${claims} c on (c.tenant_id, c.channel_id, c.dedup_key) = (d.tenant_id, d.channel_id, d.dedup_key)
          where d.state = 'pending' and d.due_at <= ${now} and coalesce(c.next_at, d.due_at) <= ${now} and coalesce(c.claimed_until, '-infinity') <= ${now}
            and d.tenant_id || '/' || d.channel_id <> all (${[...busy]}::text[])
            and (d.what in ('trigger', 'test', 'accepted') or not exists (select from ${deliveries} e where e.tenant_id = d.tenant_id and e.alert_id = d.alert_id and e.channel_id = d.channel_id and e.state = 'pending' and e.place < d.place))
          order by d.place limit ${limit} for update of d skip locked),
        claimed as (
          insert into ${claims} as c (tenant_id, channel_id, dedup_key, attempts, first_at, next_at, claimed_until, claimed_by)
          select tenant_id, channel_id, dedup_key, 1, ${now}, ${now}, ${until}, ${by} from due
          on conflict (tenant_id, channel_id, dedup_key) do update set attempts = c.attempts + 1, claimed_until = excluded.claimed_until, claimed_by = excluded.claimed_by
            where coalesce(c.claimed_until, '-infinity') <= ${now}
          returning tenant_id, channel_id, dedup_key, attempts, first_at, claimed_by)
        select d.tenant_id, d.channel_id, d.dedup_key, d.alert_id, d.episode, d.notice, coalesce(h.settings, w.settings) as settings, w.owner, c.attempts, c.first_at, d.cause, c.claimed_by
        from claimed c join ${deliveries} d using (tenant_id, channel_id, dedup_key) left join ${channels} h using (tenant_id, channel_id) left join ${webhooks} w using (tenant_id, channel_id)
        where coalesce(h.settings, w.settings) is not null order by d.place`.execute(db);
      return rows.map((row) => ({ ...row, first_at: iso(row.first_at) }) as Claimed);
    });
  }

  /** Releases a notice until its next attempt. */
  again(of: Claim, nextAt: Timestamp, detail: string): Promise<void> {
    return this.#set(of, sql`next_at = ${nextAt}, claimed_until = null, last_detail = ${detail}`);
  }

  /** Extends a claim. */
  hold(of: Claim, until: Timestamp): Promise<void> {
    return this.#set(of, sql`claimed_until = ${until}`);
  }

  /** INVARIANT: a claim that was released, or that another worker took over, is not changed. */
  #set({ tenant_id, channel_id, dedup_key, claimed_by }: Claim, values: RawBuilder<unknown>): Promise<void> {
    return withTenant(this.runner.db(), allTenants, async (db) => {
      await sql`update ${this.#table('_claims')} set ${values} where tenant_id = ${tenant_id} and channel_id = ${channel_id} and dedup_key = ${dedup_key} and claimed_by = ${claimed_by} and claimed_until is not null`.execute(
        db,
      );
    });
  }

  /** Alerts that nobody acknowledged in time. */
  dueEscalations(now: Timestamp): Promise<readonly DueEscalation[]> {
    return withTenant(this.runner.db(), allTenants, (db) =>
      db
        .selectFrom('escalations')
        .select(['tenant_id', 'alert_id', 'episode', 'from_route', 'to_route', 'cause'])
        .where('due_at', '<=', now)
        .orderBy('due_at')
        .limit(100)
        .execute(),
    );
  }

  /** Returns true if an alert is active, as of the last event read. */
  holds(tenantId: string, alertId: string): Promise<boolean> {
    return withTenant(this.runner.db(), tenantId, async (db) => {
      const row = await db
        .selectFrom('watched')
        .select('alert')
        .where('tenant_id', '=', tenantId)
        .where('alert_id', '=', alertId)
        .executeTakeFirst();
      return row !== undefined && row.alert.status !== 'resolved';
    });
  }

  /** Returns the channels and routes of every tenant, for outages of the log and the database. */
  reaches(): Promise<Reaches> {
    return withTenant(this.runner.db(), allTenants, async (db) => {
      const channels = await db
        .selectFrom('channels')
        .select(['tenant_id', 'channel_id', 'settings'])
        .orderBy('tenant_id')
        .orderBy('channel_id')
        .execute();
      const routes = await db
        .selectFrom('routes')
        .select(['tenant_id', 'routes'])
        .orderBy('tenant_id')
        .execute();
      const tenants = new Set([...channels, ...routes].map(({ tenant_id }) => tenant_id));
      return Object.fromEntries(
        [...tenants].map((tenant) => [
          tenant,
          {
            routes: routes.find(({ tenant_id }) => tenant_id === tenant)?.routes ?? null,
            channels: Object.fromEntries(
              channels
                .filter(({ tenant_id }) => tenant_id === tenant)
                .map(({ channel_id, settings }) => [channel_id, settings]),
            ),
          },
        ]),
      );
    });
  }
}
