import { Injectable } from '@nestjs/common';
import type { Timestamp } from '@interlock/contracts';
import type { Position } from '@interlock/kernel';
import { onCallOf, reachFindings, type ReachFinding, type Rota, type RotaSource } from '@interlock/notify';
import { allTenants, iso, withTenant } from '@interlock/postgres';
import { DeliveriesRunner } from '../../runners.js';
import { failingAlertOf } from '../channels/failing-alert.js';
import { readReach } from '../reach.js';
import type { RotaDto } from './rotas.dto.js';

/** A rota whose turns come from a provider. */
export type KnownRota = {
  readonly tenant_id: string;
  readonly rota_id: string;
  readonly rota: Rota;
  readonly source: RotaSource;
};

/** Queries on rotas, and on the people whom a tenant's alerts would reach. */
@Injectable()
export class RotasQueries {
  constructor(private readonly runner: DeliveriesRunner) {}

  async atLeast(position: Position | null): Promise<void> {
    if (position !== null) await this.runner.waitFor(position);
  }

  /** Lists all rotas of a tenant, by id, with the people who are on call at a time. */
  async rotas(tenantId: string, at: Timestamp): Promise<readonly RotaDto[]> {
    const rows = await withTenant(this.runner.db(), tenantId, (db) =>
      db.selectFrom('rotas').selectAll().where('tenant_id', '=', tenantId).orderBy('rota_id').execute(),
    );
    return rows.flatMap(({ rota_id, state, updated_at, revision }): readonly RotaDto[] => {
      const { rota, overrides } = state;
      if (rota === null) return [];
      const onCall = onCallOf(state, at);
      return [
        {
          rota_id,
          time_zone: rota.time_zone,
          starts_on: rota.starts_on,
          handover: rota.handover,
          weeks: rota.weeks,
          members: rota.members.map((one) => ({ ...one, channels: [...one.channels] })),
          source: rota.source,
          overrides: overrides.filter(({ until }) => until > at),
          on_call: 'unknown' in onCall ? [] : [...onCall.members],
          unknown: 'unknown' in onCall ? onCall.unknown : null,
          at,
          updated_at: iso(updated_at),
          revision,
        },
      ];
    });
  }

  /** Lists every rota of every tenant whose turns come from a provider. */
  async withSource(): Promise<readonly KnownRota[]> {
    const rows = await withTenant(this.runner.db(), allTenants, (db) =>
      db.selectFrom('rotas').select(['tenant_id', 'rota_id', 'state']).execute(),
    );
    return rows.flatMap(({ tenant_id, rota_id, state: { rota } }) =>
      rota === null || rota.source === null ? [] : [{ tenant_id, rota_id, rota, source: rota.source }],
    );
  }

  /** Lists every tenant that has a channel, routes or an alert. */
  async tenants(): Promise<readonly string[]> {
    const rows = await withTenant(this.runner.db(), allTenants, (db) =>
      db
        .selectFrom('channels')
        .select('tenant_id')
        .union(db.selectFrom('routes').select('tenant_id'))
        .union(db.selectFrom('watched').select('tenant_id'))
        .execute(),
    );
    return [...new Set(rows.map(({ tenant_id }) => tenant_id))].sort();
  }

  /** Returns the cases in which a tenant's alerts would notify nobody. */
  async findings(tenantId: string, at: Timestamp): Promise<readonly ReachFinding[]> {
    return withTenant(this.runner.db(), tenantId, async (db) => {
      const reach = await readReach(db, tenantId);
      const alerts = new Map(reach.people.map((id) => [failingAlertOf(tenantId, id), id]));
      const rows =
        alerts.size === 0
          ? []
          : await db
              .selectFrom('watched')
              .select(['alert_id', 'alert'])
              .where('tenant_id', '=', tenantId)
              .where('alert_id', 'in', [...alerts.keys()])
              .execute();
      const failing = rows.flatMap(({ alert_id, alert }) =>
        alert.status === 'resolved' ? [] : (alerts.get(alert_id) ?? []),
      );
      return reachFindings(reach, failing, at);
    });
  }
}
