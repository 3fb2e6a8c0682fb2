import type { PolicyDecision } from '@interlock/contracts';
import type { CompiledPolicies } from '../policy/evaluation.js';
import { RuleIndex } from '../rules/rule-index.js';
import type { RuleV1 } from '../rules/rule.js';
import type { RecordedRow } from './columns.js';
import { decideFully, type FullDecision } from './decide.js';
import type { FlipCounts } from '../bundle/flips.js';

/** A recorded decision that the given rules, or the active bundle, would change. */
type WhatIfFlip = Pick<RecordedRow, 'evaluation_id' | 'action_id' | 'at_ms' | 'agent' | 'action'> & {
  readonly from: PolicyDecision;
  readonly was_rule_id: string | null;
  readonly active: PolicyDecision;
  readonly to: PolicyDecision;
  readonly rule_id: string | null;
};
type DecisionCounts = { readonly [decision in PolicyDecision]: number };
export type WhatIfReport = {
  readonly evaluations: number;
  /** The number of each decision: as recorded, by the active bundle now, and by the given rules. */
  readonly recorded: DecisionCounts;
  readonly active: DecisionCounts;
  readonly candidate: DecisionCounts;
  /**
   * Changes from the recorded decision to that of the given rules; `counts_active`: from the active
   * bundle's. Changes that do not occur are absent.
   */
  readonly counts: FlipCounts;
  readonly counts_active: FlipCounts;
  /** The number of decisions of each enabled given rule, by id. */
  readonly hits: { readonly [rule: string]: number };
  /** The first flips of each change, from the recorded decision and from the active bundle's. */
  readonly flips: readonly WhatIfFlip[];
  readonly flipped: number;
};

const none = (): { [decision in PolicyDecision]: number } => ({
  ALLOW: 0,
  CONFIRM: 0,
  NEEDS_APPROVAL: 0,
  DENY: 0,
});
const plain = (counts: ReadonlyMap<string, number>): FlipCounts =>
  Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));

/**
 * Recorded decisions that any rules can decide again. The recorded decisions and those of the
 * active bundle are counted only once.
 */
export class WhatIf {
  readonly #recorded = none();
  readonly #active = none();
  readonly #said: readonly FullDecision[];

  constructor(
    private readonly rows: readonly RecordedRow[],
    private readonly policies: CompiledPolicies,
    active: readonly RuleV1[] | null,
  ) {
    const index = active === null ? null : new RuleIndex(active);
    this.#said = rows.map(({ agent, action, context }) =>
      decideFully(policies, index, agent, action, context),
    );
    for (const { decision } of rows) this.#recorded[decision] += 1;
    for (const { decision } of this.#said) this.#active[decision] += 1;
  }

  /**
   * Decides all of them again by these rules, and lists `shown` flips of each change. Pure: the
   * same rows and rules give the same answer as the server's simulation.
   */
  against(rules: readonly RuleV1[], shown = 40): WhatIfReport {
    const index = new RuleIndex(rules);
    const candidate = none();
    const [counts, countsActive, hits, kept] = [
      new Map<string, number>(),
      new Map<string, number>(),
      new Map<string, number>(),
      new Map<string, number>(),
    ];
    const add = (to: Map<string, number>, key: string): number => {
      const count = (to.get(key) ?? 0) + 1;
      to.set(key, count);
      return count;
    };
    const flips: WhatIfFlip[] = [];
    let flipped = 0;
    for (const [i, row] of this.rows.entries()) {
      const { decision: to, rule } = decideFully(this.policies, index, row.agent, row.action, row.context);
      const active = this.#said[i]?.decision ?? to;
      candidate[to] += 1;
      if (rule !== null) add(hits, rule.id);
      const { decision: from } = row;
      if (to === from && to === active) continue;
      flipped += 1;
      if (from !== to) add(counts, `${from}→${to}`);
      if (active !== to) add(countsActive, `${active}→${to}`);
      if (add(kept, `${from} ${active} ${to}`) > shown) continue;
      const { evaluation_id, action_id, at_ms, agent, action, rule_id: was_rule_id } = row;
      flips.push({
        evaluation_id,
        action_id,
        at_ms,
        agent,
        action,
        from,
        was_rule_id,
        active,
        to,
        rule_id: rule?.id ?? null,
      });
    }
    return {
      evaluations: this.rows.length,
      recorded: { ...this.#recorded },
      active: { ...this.#active },
      candidate,
      counts: plain(counts),
      counts_active: plain(countsActive),
      hits: Object.fromEntries(hits),
      flips,
      flipped,
    };
  }
}
