import type { Timestamp } from '@interlock/contracts';
import { comparePositions, type EventStore, type Position } from '@interlock/kernel';
import { evaluationStream, type EvaluationRecorded } from '@interlock/policy';
import { Slices } from './slices.js';

const dayMs = 86_400_000;

/** When the evaluations were recorded (from inclusive, to exclusive), how far the log counts, and how many at most. */
export type RecordedRange = { readonly from: Timestamp; readonly to: Timestamp; readonly until: Position; readonly most: number };
export type Taken = { readonly evaluations: number; /** There are more than were taken. */ readonly capped: boolean };

const daysOf = ({ from, to }: RecordedRange): readonly string[] => {
  const days: string[] = [];
  const first = from.slice(0, 10);
  for (let at = Date.parse(to) - 1; ; at -= dayMs) {
    const day = new Date(at).toISOString().slice(0, 10);
    if (day < first) return days;
    days.push(day);
  }
};

/**
 * Hands over a tenant's recorded evaluations of a time range, the newest first, each id once. Ends early where `onEach` says `false`.
 * Throws the store's errors.
 */
export const takeRecorded = async (store: EventStore, tenantId: string, range: RecordedRange, onEach: (data: EvaluationRecorded['data']) => boolean | void): Promise<Taken> => {
  const { from, to, until, most } = range;
  const seen = new Set<string>();
  const slices = new Slices();
  for (const day of daysOf(range)) {
    for await (const { type, data, position, metadata } of store.read(evaluationStream(tenantId, day), { backwards: true })) {
      const { occurred_at: at } = metadata;
      if (type !== 'EvaluationRecorded' || at < from || at >= to || comparePositions(position, until) > 0) continue;
      const evaluation = data as EvaluationRecorded['data'];
      if (seen.has(evaluation.evaluation_id)) continue;
      if (seen.size === most) return { evaluations: seen.size, capped: true };
      seen.add(evaluation.evaluation_id);
      if (onEach(evaluation) === false) return { evaluations: seen.size, capped: false };
      await slices.turn();
    }
  }
  return { evaluations: seen.size, capped: false };
};
