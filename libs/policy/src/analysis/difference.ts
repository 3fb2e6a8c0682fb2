import type { PolicyDecision } from '@interlock/contracts';
import { canonicalJson } from '@interlock/kernel';
import type { RuleV1 } from '../rule.js';
import { escape, type Box, type Budget } from './box.js';
import { intersection } from './cells.js';
import { RuleAnalysis } from './rule-analysis.js';
import { Space, type Witness, type World } from './space.js';

/** A request whose decision is another with the other rules, and the rules that make it (null: none governs it). */
export type ChangedDecision = Witness & { readonly from: PolicyDecision | 'ABSTAIN'; readonly to: PolicyDecision | 'ABSTAIN'; readonly before: string | null; readonly after: string | null };

/** Pieces that may be looked at in all: some seconds. */
const pieceLimit = 1_000_000;
/** Once a change is known, so many pieces are looked at for another kind of it. */
const moreLimit = 2000;

/** What of a rule decides; its id counts only between rules that decide the same. */
const meaning = ({ agent, action, effect, priority, conditions }: RuleV1): string => canonicalJson({ agent, action, effect, priority, conditions });

/** Rules of one side that the other has not, word for word. */
const apart = (some: readonly RuleV1[], others: readonly RuleV1[]): readonly RuleV1[] => {
  const left = new Map<string, number>();
  for (const rule of others) left.set(meaning(rule), (left.get(meaning(rule)) ?? 0) + 1);
  return some.filter((rule) => {
    const count = left.get(meaning(rule)) ?? 0;
    left.set(meaning(rule), count - 1);
    return count <= 0;
  });
};

/**
 * Requests whose decision changes from one bundle's rules to another's: one for each kind of change (from what to what) of each rule that only one
 * of them has. Exact: none means that no request that has its declared fields is decided otherwise. Throws a RangeError where that takes too long to tell.
 */
export const changedDecisions = (before: readonly RuleV1[], after: readonly RuleV1[], world: World = {}): readonly ChangedDecision[] => {
  const space = new Space([...before, ...after].filter(({ enabled }) => enabled), world);
  const [old, next] = [new RuleAnalysis(before, space), new RuleAnalysis(after, space)];
  const found: ChangedDecision[] = [];
  const budget: Budget = { left: pieceLimit };
  for (const [side, rules] of [[old, apart(old.rules, next.rules)], [next, apart(next.rules, old.rules)]] as const) {
    for (const rule of rules) for (const box of side.regionsOf(rule)) collect(old, next, box, budget, found);
  }
  const kinds = new Map(found.map((one) => [`${one.from} ${one.to} ${one.before ?? ''} ${one.after ?? ''}`, one]));
  return [...kinds.values()];
};

const collect = (old: RuleAnalysis, next: RuleAnalysis, box: Box, budget: Budget, into: ChangedDecision[]): void => {
  const seen = new Set<string>();
  for (;;) {
    try {
      const point = escape(box, (at) => {
        const [from, to] = [old.at(at).decision, next.at(at).decision];
        if (from !== to && !seen.has(`${from} ${to}`)) return undefined;
        const constant = next.constantBox(at);
        return old.constantBox(at).map((ranges, axis) => intersection(ranges, constant[axis]!));
      }, seen.size === 0 ? budget : { left: Math.min(moreLimit, budget.left) });
      if (point === undefined) return;
      const [from, to] = [old.at(point), next.at(point)];
      seen.add(`${from.decision} ${to.decision}`);
      into.push({ agent: from.agent, action: from.action, context: from.context, from: from.decision, to: to.decision, before: from.rule?.id ?? null, after: to.rule?.id ?? null });
    } catch (error) {
      if (seen.size > 0 && error instanceof RangeError) return;
      throw error;
    }
  }
};
