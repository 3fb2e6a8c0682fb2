import type { PolicyDecision } from '@interlock/contracts';
import { deciding, escape, type Box, type Budget } from './box.js';
import { intersection } from './cells.js';
import { meaning, type ChangedDecision } from './difference.js';
import { looksOfPiece } from './regions.js';
import { RuleAnalysis } from './rule-analysis.js';
import { Space, type World } from './space.js';
import type { RuleV1 } from '../rules/rule.js';

export type PossibleDecision = PolicyDecision | 'ABSTAIN';

/** The most pieces that are examined, which takes some tenths of a second. */
const pieceLimit = 60_000;

/** The decisions of two bundles' rules on the same requests. */
export class DecisionPair {
  readonly #one: RuleAnalysis;
  readonly #other: RuleAnalysis;
  readonly #budget: Budget;

  constructor(one: readonly RuleV1[], other: readonly RuleV1[], world: World = {}, pieces = pieceLimit) {
    const space = new Space(
      [...one, ...other].filter(({ enabled }) => enabled),
      world,
    );
    this.#one = new RuleAnalysis(one, space);
    this.#other = new RuleAnalysis(other, space);
    this.#budget = { left: pieces };
  }

  /**
   * Returns a request with a wanted change of decision from the first to the second; undefined if
   * there is none. The result is exact, because each change is searched for separately. Throws a
   * RangeError if that takes too long.
   */
  change(wanted: (from: PossibleDecision, to: PossibleDecision) => boolean): ChangedDecision | undefined {
    // INVARIANT: if both sides have every rule that has an effect, they decide the same.
    return this.#find(
      [...apart(this.#one, this.#other), ...apart(this.#other, this.#one)],
      (from, to) => from !== to && wanted(from, to),
    );
  }

  /**
   * Returns a request for which both have this decision; undefined if there is none. Throws a
   * RangeError if that takes too long.
   */
  together(decision: PolicyDecision): ChangedDecision | undefined {
    return this.#find(
      this.#one.rules.flatMap((rule) => this.#one.regionsOf(rule)),
      (from, to) => from === decision && to === decision,
    );
  }

  #find(
    regions: Iterable<Box>,
    wanted: (from: PossibleDecision, to: PossibleDecision) => boolean,
  ): ChangedDecision | undefined {
    const [one, other] = [this.#one, this.#other];
    for (const region of regions) {
      const point = escape(
        region,
        (at) => {
          if (wanted(one.at(at).decision, other.at(at).decision)) return undefined;
          const looked = one.regions.looked + other.regions.looked;
          const constant = other.constantBox(at);
          const both = one.constantBox(at).map((ranges, axis) => intersection(ranges, constant[axis]!));
          this.#budget.left -= (one.regions.looked + other.regions.looked - looked) / looksOfPiece;
          return both;
        },
        this.#budget,
        deciding(region.length),
      );
      if (point === undefined) continue;
      const [from, to] = [one.at(point), other.at(point)];
      return {
        agent: from.agent,
        action: from.action,
        context: from.context,
        from: from.decision,
        to: to.decision,
        before: from.rule?.id ?? null,
        after: to.rule?.id ?? null,
      };
    }
    return undefined;
  }
}

/** Returns the regions of rules that the other side does not have with the same meaning. */
const apart = (side: RuleAnalysis, from: RuleAnalysis): readonly Box[] => {
  const others = new Set(from.rules.map(meaning));
  return side.rules.filter((rule) => !others.has(meaning(rule))).flatMap((rule) => side.regionsOf(rule));
};

const strictness: { readonly [decision in PossibleDecision]: number } = {
  ALLOW: 0,
  CONFIRM: 1,
  ABSTAIN: 1,
  NEEDS_APPROVAL: 1,
  DENY: 2,
};

/** True if a decision is looser than another. ABSTAIN asks a person, as NEEDS_APPROVAL does. */
export const isLooser = (to: PossibleDecision, from: PossibleDecision): boolean =>
  strictness[to] < strictness[from];
