import type { Timestamp } from '@interlock/contracts';
import { comparePositions, type EventStore, type Position } from '@interlock/kernel';
import { evaluationStream, type EvaluationRecorded } from '@interlock/policy';

const dayMs = 86_400_000;

/** When the evaluations were recorded (from inclusive, to exclusive), how far the log counts, and how many at most. */
export type RecordedRange = { readonly from: Timestamp; readonly to: Timestamp; readonly until: Position; readonly most: number };

const daysOf = ({ from, to }: RecordedRange): readonly string[] => {
  const days: string[] = [];
  const first = from.slice(0, 10);
  for (let at = Date.parse(to) - 1; ; at -= dayMs) {
    const day = new Date(at).toISOString().slice(0, 10);
    if (day < first) return days;
    days.push(day);
  }
};

/** A tenant's recorded evaluations of a time range, the newest first, each id once. */
export class RecordedEvaluations implements AsyncIterable<EvaluationRecorded['data']> {
  readonly #seen = new Set<string>();
  #capped = false;

  constructor(private readonly store: EventStore, private readonly tenantId: string, readonly range: RecordedRange) {}

  /** There are more than were handed over; known at the end. */
  get capped(): boolean {
    return this.#capped;
  }

  get count(): number {
    return this.#seen.size;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<EvaluationRecorded['data']> {
    const { from, to, until, most } = this.range;
    for (const day of daysOf(this.range)) {
      for await (const { type, data, position, metadata: { occurred_at: at } } of this.store.read(evaluationStream(this.tenantId, day), { backwards: true })) {
        if (type !== 'EvaluationRecorded' || at < from || at >= to || comparePositions(position, until) > 0) continue;
        const evaluation = data as EvaluationRecorded['data'];
        if (this.#seen.has(evaluation.evaluation_id)) continue;
        if (this.#seen.size === most) {
          this.#capped = true;
          return;
        }
        this.#seen.add(evaluation.evaluation_id);
        yield evaluation;
      }
    }
  }
}
