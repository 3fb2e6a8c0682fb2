import { ProblemError, type Position } from '@interlock/kernel';
import { webhookChannel } from '@interlock/notify';
import { iso, tablePages, withTenant, type Page } from '@interlock/postgres';
import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { DeliveriesRunner } from '../../runners.js';
import type { UpstreamNotice } from '../deliveries.tables.js';
import { deliveryRows } from '../delivery-rows.js';
import type {
  ListWebhookDeliveriesQuery,
  WebhookDeliveryDto,
  WebhookDeliveryState,
  WebhookDto,
} from './webhooks.dto.js';

/** A delivery that can be sent again. */
type Ended = { readonly dedup_key: string; readonly alert_id: string };

/** The most deliveries that one request sends again. */
export const mostReplayed = 200;

const newestFirst = tablePages('webhook-deliveries', 'desc', { 'd.place': 'text' });

const idOf = (channel: string): string => channel.slice(webhookChannel('').length);
const stateOf = (state: string): WebhookDeliveryState =>
  state === 'failed' ? 'parked' : (state as WebhookDeliveryState);

/** Queries on webhooks and their deliveries, limited to a tenant by the database too. */
@Injectable()
export class WebhooksQueries {
  constructor(private readonly runner: DeliveriesRunner) {}

  async atLeast(position: Position | null): Promise<void> {
    if (position !== null) await this.runner.waitFor(position);
  }

  /** Lists the webhooks of an owner, or all of the tenant, oldest first. */
  async webhooks(tenantId: string, owner: string | null): Promise<readonly WebhookDto[]> {
    return this.#select(tenantId, { owner });
  }

  /** Returns one webhook. Throws `not-found`, also for the webhook of another owner. */
  async webhook(tenantId: string, id: string, owner: string | null): Promise<WebhookDto> {
    const [found] = await this.#select(tenantId, { owner, id });
    if (found === undefined)
      throw new ProblemError('not-found', `there is no webhook \`${id.slice(0, 64)}\``);
    return found;
  }

  /** Lists deliveries, newest first. */
  async deliveries(
    tenantId: string,
    id: string,
    query: ListWebhookDeliveriesQuery,
  ): Promise<Page<WebhookDeliveryDto>> {
    const page = await withTenant(this.runner.db(), tenantId, (db) => {
      let select = deliveryRows(db, tenantId).where('d.channel_id', '=', webhookChannel(id));
      if (query.state !== undefined)
        select = select.where('d.state', '=', query.state === 'parked' ? 'failed' : query.state);
      return newestFirst.read(select, query);
    });
    return {
      next: page.next,
      items: page.items.map((row) => {
        const { event } = row.notice as UpstreamNotice;
        return {
          webhook_id: id,
          event_id: row.dedup_key,
          event_type: event.type,
          action_id: row.what === 'refused' ? null : row.alert_id,
          intent_id: event.data.intent_id,
          state: stateOf(row.state),
          attempts: row.attempts ?? row.tried ?? 0,
          detail: row.detail ?? row.last_detail,
          created_at: iso(row.created_at),
          next_at: row.state === 'pending' ? iso(row.next_at ?? row.due_at) : null,
          ended_at: row.ended_at === null ? null : iso(row.ended_at),
        };
      }),
    };
  }

  /**
   * Returns the ended deliveries with these ids, or the oldest parked ones, at most `mostReplayed`
   * + 1.
   */
  ended(tenantId: string, id: string, eventIds: readonly string[] | undefined): Promise<readonly Ended[]> {
    return withTenant(this.runner.db(), tenantId, (db) => {
      const select = db
        .selectFrom('deliveries')
        .select(['dedup_key', 'alert_id'])
        .where('tenant_id', '=', tenantId)
        .where('channel_id', '=', webhookChannel(id));
      return (
        eventIds === undefined
          ? select.where('state', '=', 'failed')
          : select.where('state', 'in', ['failed', 'delivered']).where('dedup_key', 'in', eventIds)
      )
        .orderBy('place')
        .limit(mostReplayed + 1)
        .execute();
    });
  }

  async #select(
    tenantId: string,
    { owner, id }: { readonly owner: string | null; readonly id?: string },
  ): Promise<readonly WebhookDto[]> {
    const rows = await withTenant(this.runner.db(), tenantId, (db) => {
      let select = db
        .selectFrom('webhooks as w')
        .leftJoin('deliveries as d', (on) =>
          on.onRef('d.tenant_id', '=', 'w.tenant_id').onRef('d.channel_id', '=', 'w.channel_id'),
        )
        .selectAll('w')
        .select([
          sql<string>`count(*) filter (where d.state = 'pending')`.as('pending'),
          sql<string>`count(*) filter (where d.state = 'failed')`.as('parked'),
        ])
        .where('w.tenant_id', '=', tenantId)
        .groupBy(['w.tenant_id', 'w.channel_id'])
        .orderBy('w.created_at')
        .orderBy('w.channel_id');
      if (owner !== null) select = select.where('w.owner', '=', owner);
      if (id !== undefined) select = select.where('w.channel_id', '=', webhookChannel(id));
      return select.execute();
    });
    return rows.map((row) => ({
      tenant_id: row.tenant_id,
      webhook_id: idOf(row.channel_id),
      owner: row.owner,
      url: row.settings.url,
      state: row.stopped === null ? 'active' : 'stopped',
      detail: row.stopped,
      pending: Number(row.pending),
      parked: Number(row.parked),
      created_at: iso(row.created_at),
    }));
  }
}
