import type { OpenWorkFold, RecordedEvent } from '@interlock/kernel';
import { OpenActionsFold } from './open-actions.js';
import { OpenPlansFold } from './open-plans.js';
import { WaitingFold } from './waiting.js';

/**
 * The categories in the rails' snapshots of open work. The inbox also reads other categories, whose
 * streams are short.
 */
export const railsWorkCategories = ['action', 'plan'] as const;

/**
 * The open work of the rails: unfinished actions and plans, and those among them that wait for a
 * person.
 */
export class RailsOpenWork implements OpenWorkFold {
  readonly actions = new OpenActionsFold();
  readonly plans = new OpenPlansFold();
  readonly waiting = new WaitingFold(railsWorkCategories);

  *streams(): Iterable<string> {
    yield* this.actions.streams();
    yield* this.plans.streams();
    yield* this.waiting.streams();
  }

  take(event: RecordedEvent): void {
    this.actions.take(event);
    this.plans.take(event);
    this.waiting.take(event);
  }
}
