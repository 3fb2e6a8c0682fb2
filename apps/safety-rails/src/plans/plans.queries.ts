import { Inject, Injectable } from '@nestjs/common';
import { positionText, ProblemError, type Position } from '@interlock/kernel';
import { nowText } from '@interlock/platform';
import { iso, tablePages, withTenant, type Page, type ProjectionRunner } from '@interlock/postgres';
import { PlanHandler } from '../handlers.js';
import { PlansRunner } from '../runners.js';
import type { ListPlansQuery } from './plan.dto.js';
import { planStream } from './plan-stream.js';
import { planView } from './plan-view.js';
import type { PlanDto, PlanSummaryDto } from './plans-answers.dto.js';
import type { PlansDatabase } from './plans.projection.js';

const isUuid = (text: string): boolean =>
  /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/.test(text);

const newestFirst = tablePages('plans', 'desc', { submitted_at: 'timestamptz', plan_id: 'uuid' });

/** Lists of plans come from the read model, a single plan from its stream. */
@Injectable()
export class PlansQueries {
  constructor(
    @Inject(PlansRunner) private readonly runner: ProjectionRunner<PlansDatabase>,
    @Inject(PlanHandler) private readonly handler: Pick<PlanHandler, 'load'>,
  ) {}

  /**
   * Waits a limited time until the read model has reached the position; otherwise
   * `read-model-behind`.
   */
  async atLeast(position: Position | null): Promise<void> {
    if (position !== null) await this.runner.waitFor(position);
  }

  /**
   * Returns one plan. Throws the log's errors, and `plan-not-found`, also for a plan of another
   * requester if `own` names the requesters.
   */
  async one(tenantId: string, planId: string, own?: readonly string[]): Promise<PlanDto> {
    const found = isUuid(planId) ? await this.handler.load(planStream(tenantId, planId)) : null;
    const isOwn = (requester: string): boolean => own?.includes(requester) !== false;
    if (found === null || found.state.status === 'NONE' || !isOwn(found.state.submitted.requester))
      throw new ProblemError('plan-not-found', `there is no plan \`${planId.slice(0, 64)}\``);
    return planView(found.state, found.position === null ? '0' : positionText(found.position), nowText());
  }

  /** Lists plans. With `own`, only the plans of these requesters. */
  async list(
    tenantId: string,
    query: ListPlansQuery,
    own?: readonly string[],
  ): Promise<Page<PlanSummaryDto>> {
    const page = await withTenant(this.runner.db(), tenantId, (db) => {
      let select = db.selectFrom('plans').selectAll().where('tenant_id', '=', tenantId);
      if (own !== undefined) select = select.where('requester', 'in', own);
      if (query.state !== undefined) select = select.where('state', '=', query.state);
      return newestFirst.read(select, query);
    });
    return {
      next: page.next,
      items: page.items.map((row) => ({
        plan_id: row.plan_id,
        submission_id: row.submission_id,
        state: row.state,
        failure_rule: row.failure_rule,
        dry_run: row.dry_run,
        nodes: row.nodes,
        submitted_at: iso(row.submitted_at),
        ended_at: row.ended_at === null ? null : iso(row.ended_at),
      })),
    };
  }
}
