import { parseStream } from '@interlock/contracts';
import type { OpenWorkFold, RecordedEvent } from '@interlock/kernel';
import { isPlanEndType } from '../plan/plan-events.js';

export type OpenPlan = { readonly tenant_id: string; readonly plan_id: string };

/** The unfinished plans of all tenants. */
export class OpenPlansFold implements OpenWorkFold {
  readonly #open = new Map<string, OpenPlan>();

  list(): readonly OpenPlan[] {
    return [...this.#open.values()];
  }

  streams(): Iterable<string> {
    return this.#open.keys();
  }

  take({ stream, type }: RecordedEvent): void {
    const at = parseStream(stream);
    if (at?.category !== 'plan') return;
    if (type === 'PlanSubmitted') this.#open.set(stream, { tenant_id: at.tenant, plan_id: at.id });
    else if (isPlanEndType(type)) this.#open.delete(stream);
  }
}
