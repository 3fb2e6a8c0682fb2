import { Injectable } from '@nestjs/common';
import { reachOf } from '@interlock/contracts';
import { ProblemError, type Position } from '@interlock/kernel';
import { defaultRoutes, type Notice } from '@interlock/notify';
import { iso, tablePages, withTenant, type Page } from '@interlock/postgres';
import { DeliveriesRunner } from '../runners.js';
import type { ChannelDto } from './channels/channels.dto.js';
import type { ChannelTable } from './deliveries.tables.js';
import { failingAlertOf } from './channels/failing-alert.js';
import { deliveryRows } from './delivery-rows.js';
import type { DeliveryDto, ListDeliveriesQuery, RoutesDto } from './routes.dto.js';

const newestFirst = tablePages('deliveries', 'desc', {
  'd.created_at': 'timestamptz',
  'd.channel_id': 'text',
  'd.dedup_key': 'text',
});

/** Queries on channels, routes and notices, limited to a tenant by the database too. */
@Injectable()
export class DeliveriesQueries {
  constructor(private readonly runner: DeliveriesRunner) {}

  async atLeast(position: Position | null): Promise<void> {
    if (position !== null) await this.runner.waitFor(position);
  }

  /** Lists all channels of a tenant, by id. */
  async channels(tenantId: string): Promise<readonly ChannelDto[]> {
    const { channels, failing } = await withTenant(this.runner.db(), tenantId, async (db) => {
      const channels = await db
        .selectFrom('channels')
        .selectAll()
        .where('tenant_id', '=', tenantId)
        .orderBy('channel_id')
        .execute();
      const alerts = channels.map(({ channel_id }) => failingAlertOf(tenantId, channel_id));
      const failing =
        alerts.length === 0
          ? []
          : await db
              .selectFrom('watched')
              .select(['alert_id', 'alert'])
              .where('tenant_id', '=', tenantId)
              .where('alert_id', 'in', alerts)
              .execute();
      return { channels, failing };
    });
    const open = new Set(
      failing.filter(({ alert }) => alert.status !== 'resolved').map(({ alert_id }) => alert_id),
    );
    return channels.map((row) => this.#channel(row, open.has(failingAlertOf(tenantId, row.channel_id))));
  }

  /** Returns one channel. Throws `not-found`. */
  async channel(tenantId: string, id: string): Promise<ChannelDto> {
    const found = (await this.channels(tenantId)).find(({ channel_id }) => channel_id === id);
    if (found === undefined)
      throw new ProblemError('not-found', `there is no channel \`${id.slice(0, 64)}\``);
    return found;
  }

  #channel(row: ChannelTable, failing: boolean): ChannelDto {
    const { kind, ...settings } = row.settings;
    return {
      tenant_id: row.tenant_id,
      channel_id: row.channel_id,
      kind,
      reaches: reachOf(row.settings),
      settings,
      failing,
      updated_at: iso(row.updated_at),
      revision: row.revision,
    };
  }

  async routes(tenantId: string): Promise<RoutesDto> {
    const { row, channels, rotas } = await withTenant(this.runner.db(), tenantId, async (db) => ({
      row: await db.selectFrom('routes').selectAll().where('tenant_id', '=', tenantId).executeTakeFirst(),
      channels: await db
        .selectFrom('channels')
        .select('channel_id')
        .where('tenant_id', '=', tenantId)
        .execute(),
      rotas: await db
        .selectFrom('rotas')
        .select(['rota_id', 'state'])
        .where('tenant_id', '=', tenantId)
        .execute(),
    }));
    const routes = row?.routes ?? defaultRoutes;
    const known = new Set([
      ...channels.map(({ channel_id }) => channel_id),
      ...rotas.flatMap(({ rota_id, state }) => (state.rota === null ? [] : [`@${rota_id}`])),
    ]);
    const named = new Set(routes.flatMap((route) => route.channels));
    return {
      tenant_id: tenantId,
      is_default: row === undefined,
      critical_to: row?.critical_to ?? 'everyone',
      routes: routes.map((route) => ({
        ...route,
        alerts: route.alerts === null ? null : [...route.alerts],
        severities: route.severities === null ? null : [...route.severities],
        channels: [...route.channels],
      })),
      missing: [...named].filter((id) => id !== '*' && !known.has(id)),
      updated_at: row === undefined ? null : iso(row.updated_at),
      revision: row?.revision ?? '-1',
    };
  }

  async deliveries(tenantId: string, query: ListDeliveriesQuery): Promise<Page<DeliveryDto>> {
    const page = await withTenant(this.runner.db(), tenantId, (db) => {
      let select = deliveryRows(db, tenantId).where('d.what', 'not in', ['accepted', 'outcome']);
      if (query.state !== undefined) select = select.where('d.state', '=', query.state);
      if (query.channel_id !== undefined) select = select.where('d.channel_id', '=', query.channel_id);
      if (query.alert_id !== undefined) select = select.where('d.alert_id', '=', query.alert_id);
      return newestFirst.read(select, query);
    });
    return {
      next: page.next,
      items: page.items.map((row) => ({
        tenant_id: row.tenant_id,
        channel_id: row.channel_id,
        dedup_key: row.dedup_key,
        alert_id: row.alert_id,
        episode: row.episode,
        what: (row.notice as Notice).what,
        name: (row.notice as Notice).name,
        severity: (row.notice as Notice).severity,
        route: row.route,
        state: row.state,
        attempts: row.attempts ?? row.tried ?? 0,
        detail: row.detail ?? row.last_detail,
        reference: row.reference,
        created_at: iso(row.created_at),
        next_at: row.state === 'pending' ? iso(row.next_at ?? row.due_at) : null,
        ended_at: row.ended_at === null ? null : iso(row.ended_at),
      })),
    };
  }
}
