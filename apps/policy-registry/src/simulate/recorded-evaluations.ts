import type { Timestamp } from '@interlock/contracts';
import { comparePositions, type EventStore, type Position } from '@interlock/kernel';
import { evaluationStream, type EvaluationRecorded } from '@interlock/policy';
import type { Concerns } from './tenant-rules.js';

const dayMs = 86_400_000;
/** So many are looked through for each that may be handed over: of a small team most are others'. */
const lookedPerTaken = 20;

/** When the evaluations were recorded (from inclusive, to exclusive), how far the log counts, and how many at most. */
export type RecordedRange = {
  readonly from: Timestamp;
  readonly to: Timestamp;
  readonly until: Position;
  readonly most: number;
};

const daysOf = ({ from, to }: RecordedRange): readonly string[] => {
  const days: string[] = [];
  const first = from.slice(0, 10);
  for (let at = Date.parse(to) - 1; ; at -= dayMs) {
    const day = new Date(at).toISOString().slice(0, 10);
    if (day < first) return days;
    days.push(day);
  }
};

/** A tenant's recorded evaluations of a time range that concern somebody, the newest first, each id once. */
export class RecordedEvaluations implements AsyncIterable<EvaluationRecorded['data']> {
  readonly #seen = new Set<string>();
  #capped = false;
  #count = 0;

  constructor(
    private readonly store: EventStore,
    private readonly tenantId: string,
    private readonly range: RecordedRange,
    private readonly concerns: Concerns,
  ) {}

  /** There are, or may be, more than were handed over; known at the end. */
  get capped(): boolean {
    return this.#capped;
  }

  get count(): number {
    return this.#count;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<EvaluationRecorded['data']> {
    const { from, to, until, most } = this.range;
    for (const day of daysOf(this.range)) {
      for await (const {
        type,
        data,
        position,
        metadata: { occurred_at: at },
      } of this.store.read(evaluationStream(this.tenantId, day), { backwards: true })) {
        if (type !== 'EvaluationRecorded' || at < from || at >= to || comparePositions(position, until) > 0)
          continue;
        const evaluation = data as EvaluationRecorded['data'];
        if (this.#seen.has(evaluation.evaluation_id)) continue;
        const concerns = this.concerns(evaluation.input);
        if ((concerns && this.#count === most) || this.#seen.size >= most * lookedPerTaken) {
          this.#capped = true;
          return;
        }
        this.#seen.add(evaluation.evaluation_id);
        if (!concerns) continue;
        this.#count += 1;
        yield evaluation;
      }
    }
  }
}
