import type { PolicyDecision, Timestamp } from '@interlock/contracts';
import { comparePositions, parsePosition, type Position } from '@interlock/kernel';
import type { RecordedDecision } from '@interlock/policy';
import { iso, withTenant } from '@interlock/postgres';
import type { EvaluationsRunner } from '../runners.js';
import type { Concerns } from './tenant-rules.js';

/**
 * How many evaluations are examined for each one returned. For a small team, most of them belong to
 * others.
 */
const lookedPerTaken = 20;
/** How many evaluations are read at once. */
const pageSize = 500;

/**
 * The time range in which the evaluations were recorded (`from` inclusive, `to` exclusive), the
 * last log position that counts, and the largest number to return.
 */
export type RecordedRange = {
  readonly from: Timestamp;
  readonly to: Timestamp;
  readonly until: Position;
  readonly most: number;
};

/**
 * A tenant's recorded evaluations of a time range that concern the caller. The newest comes first,
 * and each id occurs once. Throws `read-model-behind`.
 */
export class RecordedEvaluations implements AsyncIterable<RecordedDecision> {
  #capped = false;
  #count = 0;

  constructor(
    private readonly evaluations: EvaluationsRunner,
    private readonly tenantId: string,
    private readonly range: RecordedRange,
    private readonly concerns: Concerns,
  ) {}

  /**
   * True if there are, or may be, more evaluations than were returned. It is known after the last
   * one.
   */
  get capped(): boolean {
    return this.#capped;
  }

  get count(): number {
    return this.#count;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<RecordedDecision> {
    const { until, most } = this.range;
    await this.evaluations.waitFor(until);
    let looked = 0;
    for await (const { evaluation_id, decision, rule_id, bundle_version, input, position } of this.#rows()) {
      const at = parsePosition(position);
      if (at === undefined || comparePositions(at, until) > 0) continue;
      const concerns = this.concerns(input);
      if ((concerns && this.#count === most) || looked >= most * lookedPerTaken) {
        this.#capped = true;
        return;
      }
      looked += 1;
      if (!concerns) continue;
      this.#count += 1;
      yield {
        evaluation_id,
        decision: decision as PolicyDecision,
        bundle: { rule_id, bundle_version },
        input,
      };
    }
  }

  async *#rows() {
    const { from, to } = this.range;
    let last: readonly [string, string] | null = null;
    for (;;) {
      const after: readonly [string, string] | null = last;
      const rows = await withTenant(this.evaluations.db(), this.tenantId, (db) => {
        let select = db
          .selectFrom('evaluations')
          .select([
            'evaluation_id',
            'decision',
            'rule_id',
            'bundle_version',
            'input',
            'position',
            'recorded_at',
          ])
          .where('tenant_id', '=', this.tenantId)
          .where('recorded_at', '>=', from)
          .where('recorded_at', '<', to);
        if (after !== null)
          select = select.where((where) =>
            where(where.refTuple('recorded_at', 'evaluation_id'), '<', where.tuple(...after)),
          );
        return select
          .orderBy('recorded_at', 'desc')
          .orderBy('evaluation_id', 'desc')
          .limit(pageSize)
          .execute();
      });
      yield* rows;
      const end = rows.at(-1);
      if (end === undefined || rows.length < pageSize) return;
      last = [iso(end.recorded_at), end.evaluation_id];
    }
  }
}
