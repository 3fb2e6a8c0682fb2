import { Inject, Injectable } from '@nestjs/common';
import { endStates } from '@interlock/contracts';
import { ProblemError, verdicts, type Position, type Verdict } from '@interlock/kernel';
import { tablePages, withTenant, type Page, type ProjectionRunner } from '@interlock/postgres';
import type { GateName, ShownAction } from '@interlock/rails';
import { sql, type RawBuilder, type SqlBool } from 'kysely';
import { shownAction, type ActionsTable } from './action-row.js';
import type { ActionsDatabase } from './actions.projection.js';
import type { ListActionsQuery } from './actions.dto.js';
import { ActionsRunner } from '../runners.js';

/** The number of actions by state. */
type Counts = { readonly [state: string]: number };

/** An action as the read model has it, with the position of its last event. */
export type FoundAction = { readonly state: ShownAction; readonly position: string };

const found = (row: ActionsTable): FoundAction => ({ state: shownAction(row), position: row.position });

const isUuid = (text: string): boolean =>
  /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/.test(text);

const firstUuid = '00000000-0000-0000-0000-000000000000';
const lastUuid = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

const holding = verdicts.filter((verdict) => verdict !== 'pass');
/**
 * Returns the test that a gate, or any gate, last gave a verdict. Without a verdict, it is any
 * other than `pass`.
 */
const judgedAs = (gate: GateName | undefined, verdict: Verdict | undefined): RawBuilder<SqlBool> => {
  const wanted = verdict === undefined ? holding : [verdict];
  return gate === undefined
    ? sql`exists (select from json_each_text(verdicts) as judged where judged.value = any(${wanted}))`
    : sql`verdicts ->> ${gate} = any(${wanted})`;
};

const newestFirst = tablePages('actions', 'desc', { accepted_at: 'timestamptz', action_id: 'uuid' });

/** Queries on the actions' read model; the database also limits them to the tenant. */
@Injectable()
export class ActionsQueries {
  constructor(@Inject(ActionsRunner) private readonly runner: ProjectionRunner<ActionsDatabase>) {}

  /**
   * Waits a limited time until the read model has reached the position; otherwise
   * `read-model-behind`.
   */
  async atLeast(position: Position | null): Promise<void> {
    if (position !== null) await this.runner.waitFor(position);
  }

  /**
   * Returns one action. Throws `action-not-found`, also for an action of another requester if `own`
   * names the requesters.
   */
  async one(tenantId: string, actionId: string, own?: readonly string[]): Promise<FoundAction> {
    const row = !isUuid(actionId)
      ? undefined
      : await withTenant(this.runner.db(), tenantId, (db) =>
          db
            .selectFrom('actions')
            .selectAll()
            .where('tenant_id', '=', tenantId)
            .where('action_id', '=', actionId)
            .executeTakeFirst(),
        );
    if (row === undefined || own?.includes(row.requester) === false)
      throw new ProblemError('action-not-found', `there is no action \`${actionId.slice(0, 64)}\``);
    return found(row);
  }

  /** Lists actions. With `own`, only the actions of these requesters. */
  async list(tenantId: string, query: ListActionsQuery, own?: readonly string[]): Promise<Page<FoundAction>> {
    const page = await withTenant(this.runner.db(), tenantId, (db) => {
      let select = db.selectFrom('actions').selectAll().where('tenant_id', '=', tenantId);
      if (own !== undefined) select = select.where('requester', 'in', own);
      if (query.state !== undefined) select = select.where('state', '=', query.state);
      if (query.action_type !== undefined) select = select.where('action_type', '=', query.action_type);
      if (query.entity_id !== undefined) select = select.where('entity_id', '=', query.entity_id);
      if (query.entity_prefix !== undefined)
        select = select.where((where) =>
          where.fn<boolean>('starts_with', ['entity_id', where.val(query.entity_prefix)]),
        );
      if (query.agent !== undefined) select = select.where('agent', '=', query.agent);
      if (query.account_id !== undefined) select = select.where('account_id', '=', query.account_id);
      if (query.gate !== undefined || query.verdict !== undefined)
        select = select.where(judgedAs(query.gate, query.verdict));
      if (query.intent_id !== undefined) select = select.where('intent_id', '=', query.intent_id);
      if (query.ids !== undefined) select = select.where('action_id', 'in', query.ids.split(','));
      if (query.action_id_prefix !== undefined) {
        const { length } = query.action_id_prefix;
        select = select
          .where('action_id', '>=', `${query.action_id_prefix}${firstUuid.slice(length)}`)
          .where('action_id', '<=', `${query.action_id_prefix}${lastUuid.slice(length)}`);
      }
      if (query.dry_run !== undefined) select = select.where('dry_run', '=', query.dry_run === 'true');
      if (query.open !== undefined)
        select = select.where('state', query.open === 'true' ? 'not in' : 'in', [...endStates]);
      if (query.since !== undefined) select = select.where('accepted_at', '>=', query.since);
      if (query.until !== undefined) select = select.where('accepted_at', '<', query.until);
      return newestFirst.read(select, query);
    });
    return { items: page.items.map(found), next: page.next };
  }

  /** Returns the number of actions in each state, with dry runs separate. */
  async counts(tenantId: string): Promise<{ readonly actions: Counts; readonly dry_runs: Counts }> {
    const rows = await withTenant(this.runner.db(), tenantId, (db) =>
      db
        .selectFrom('actions')
        .select((s) => ['state', 'dry_run', s.fn.countAll<string>().as('n')])
        .where('tenant_id', '=', tenantId)
        .groupBy(['state', 'dry_run'])
        .execute(),
    );
    const of = (dryRun: boolean): Counts =>
      Object.fromEntries(
        rows.filter((row) => row.dry_run === dryRun).map((row) => [row.state, Number(row.n)]),
      );
    return { actions: of(false), dry_runs: of(true) };
  }
}
