import { canonicalJson, type RecordedEvent } from '@interlock/kernel';
import { ActionReplay } from './replay-action.js';
import { BudgetReplay } from './replay-budget.js';
import { EvaluationReplay } from './replay-evaluation.js';
import { ModeReplay } from './replay-mode.js';
import { inOrder } from './exported.js';

/** One recorded decision that does not come out again as it stands. */
export type Difference = { readonly stream: string; readonly revision: string; readonly position: string; readonly id: string; readonly type: string; readonly what: string; readonly recorded: unknown; readonly replayed: unknown };
export type ReplayReport = {
  readonly events: number;
  /** Decisions that were made again and came out the same, by kind. */
  readonly checked: { readonly [kind: string]: number };
  /** Decisions whose inputs are not all in the file, by kind. */
  readonly unchecked: { readonly [kind: string]: number };
  readonly difference: Difference | null;
};

/** Makes recorded decisions again, event by event, in the order of the log: pure, offline, from the export alone. */
export class Replay {
  readonly #evaluations = new EvaluationReplay();
  readonly #modes = new ModeReplay();
  readonly #budgets = new BudgetReplay();
  readonly #actions: ActionReplay;
  readonly #seen = new Map<string, bigint>();
  readonly #checked: { [kind: string]: number } = {};
  readonly #unchecked: { [kind: string]: number } = {};
  #last: RecordedEvent | undefined;
  #events = 0;
  #difference: Difference | null = null;

  constructor() {
    this.#actions = new ActionReplay(this.#modes);
  }

  /** Takes the next event; false once a decision differs, and from then on. */
  take(event: RecordedEvent): boolean {
    if (this.#difference !== null) return false;
    this.#events += 1;
    this.#order(event);
    for (const replay of [this.#evaluations, this.#modes, this.#budgets, this.#actions]) {
      for (const finding of replay.take(event)) {
        if ('missing' in finding) this.#unchecked[finding.kind] = (this.#unchecked[finding.kind] ?? 0) + 1;
        else if (canonicalJson(finding.recorded) === canonicalJson(finding.replayed)) this.#checked[finding.kind] = (this.#checked[finding.kind] ?? 0) + 1;
        else this.#differ(event, finding.what, finding.recorded, finding.replayed);
        if (this.#differs) return false;
      }
    }
    return !this.#differs;
  }

  get #differs(): boolean {
    return this.#difference !== null;
  }

  report(): ReplayReport {
    return { events: this.#events, checked: { ...this.#checked }, unchecked: { ...this.#unchecked }, difference: this.#difference };
  }

  #differ(event: RecordedEvent, what: string, recorded: unknown, replayed: unknown): void {
    this.#difference ??= { stream: event.stream, revision: `${event.revision}`, position: `${event.position.commit}`, id: event.id, type: event.type, what, recorded, replayed };
  }

  /** A stream's events follow one another, and the file is in the order of the log. */
  #order(event: RecordedEvent): void {
    const before = this.#seen.get(event.stream);
    if (before !== undefined && event.revision !== before + 1n) this.#differ(event, 'the revision does not follow the one before', `${event.revision}`, `${before + 1n}`);
    this.#seen.set(event.stream, event.revision);
    if (this.#last !== undefined && !inOrder(this.#last, event)) this.#differ(event, 'the position does not follow the one before', `${event.position.commit}`, `after ${this.#last.position.commit}`);
    this.#last = event;
  }
}
