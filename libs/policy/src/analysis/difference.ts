import type { PolicyDecision } from '@interlock/contracts';
import { canonicalJson } from '@interlock/kernel';
import { ruleEffects, type RuleV1 } from '../rules/rule.js';
import { commonBox, deciding, escape, type Box, type Budget, type Point } from './box.js';
import { intersection } from './cells.js';
import { looksOfPiece } from './regions.js';
import { RuleAnalysis } from './rule-analysis.js';
import { Space, type Witness, type World } from './space.js';

/**
 * A request whose decision changes with the other rules, and the deciding rule of each side (null
 * if none).
 */
export type ChangedDecision = Witness & {
  readonly from: PolicyDecision | 'ABSTAIN';
  readonly to: PolicyDecision | 'ABSTAIN';
  readonly before: string | null;
  readonly after: string | null;
};

/** The most pieces that are examined, which takes some tenths of a second. */
const pieceLimit = 60_000;
/** The most pieces that are examined for a further kind of change, after one is known. */
const moreLimit = 2000;

const sameConditions = (a: RuleV1['conditions'], b: RuleV1['conditions']): boolean =>
  a === b ||
  (a.length === b.length &&
    a.every(({ field, op, value }, i) => field === b[i]!.field && op === b[i]!.op && value === b[i]!.value));
/**
 * True if two rules have the same meaning. Ids do not count, because they only order rules with the
 * same effect.
 */
const sameMeaning = (a: RuleV1, b: RuleV1): boolean =>
  a.agent === b.agent &&
  a.action === b.action &&
  a.effect === b.effect &&
  a.priority === b.priority &&
  sameConditions(a.conditions, b.conditions);
/**
 * Returns the parts of a rule that affect its decision, as canonical JSON. The id only orders rules
 * with the same effect, so it is left out.
 */
export const meaning = ({ agent, action, effect, priority, conditions }: RuleV1): string =>
  canonicalJson({ agent, action, effect, priority, conditions });

/**
 * Returns the rules that both sides have with the same meaning, each with its twin. Rules with
 * equal ids are paired first, the rest by meaning.
 */
const twinsOf = (some: readonly RuleV1[], others: readonly RuleV1[]): ReadonlyMap<RuleV1, RuleV1> => {
  const twins = new Map<RuleV1, RuleV1>();
  const byId = new Map(others.map((rule) => [rule.id, rule]));
  for (const rule of some) {
    const other = byId.get(rule.id);
    if (other === undefined || !sameMeaning(rule, other)) continue;
    twins.set(rule, other).set(other, rule);
    byId.delete(rule.id);
  }
  const byMeaning = new Map<string, RuleV1[]>();
  for (const rule of others)
    if (!twins.has(rule)) byMeaning.set(meaning(rule), [...(byMeaning.get(meaning(rule)) ?? []), rule]);
  for (const rule of some) {
    const other = twins.has(rule) ? undefined : byMeaning.get(meaning(rule))?.pop();
    if (other !== undefined) twins.set(rule, other).set(other, rule);
  }
  return twins;
};

/**
 * Returns requests whose decision changes from one bundle's rules to another's. For each rule that
 * only one of them has, there is at least one for each kind of change (from which decision to
 * which). The result is exact: if it is empty, no request with all its declared fields is decided
 * differently. Throws a RangeError if that takes too long.
 */
export const changedDecisions = (
  before: readonly RuleV1[],
  after: readonly RuleV1[],
  world: World = {},
): readonly ChangedDecision[] => {
  const space = new Space(
    [...before, ...after].filter(({ enabled }) => enabled),
    world,
  );
  const [old, next] = [new RuleAnalysis(before, space), new RuleAnalysis(after, space)];
  const twins = twinsOf(old.rules, next.rules);
  const budget: Budget = { left: pieceLimit };
  const points = [
    [old, next],
    [next, old],
  ].flatMap(([own, other]) =>
    own!.rules
      .filter((rule) => !twins.has(rule))
      .flatMap((rule) => new RuleChange(rule, own!, other!, twins, budget).points()),
  );
  const kinds = new Map(
    points.map((point) => {
      const [{ agent, action, context, decision: from, rule: decider }, { decision: to, rule }] = [
        old.at(point),
        next.at(point),
      ];
      const one: ChangedDecision = {
        agent,
        action,
        context,
        from,
        to,
        before: decider?.id ?? null,
        after: rule?.id ?? null,
      };
      return [`${one.from} ${one.to} ${one.before ?? ''} ${one.after ?? ''}`, one];
    }),
  );
  return [...kinds.values()];
};

/**
 * The changes that one rule of only one side causes. INVARIANT: without unknown fields, a request's
 * decision changes only if such a rule is the first match on its side. The reason: both sides order
 * their common rules in the same way, except for rules with the same effect.
 */
class RuleChange {
  readonly #rule: RuleV1;
  readonly #own: RuleAnalysis;
  readonly #other: RuleAnalysis;
  readonly #twins: ReadonlyMap<RuleV1, RuleV1>;
  readonly #budget: Budget;
  readonly #found: Point[] = [];
  /** The number of examined regions that were already charged to a budget. */
  #counted: number;

  constructor(
    rule: RuleV1,
    own: RuleAnalysis,
    other: RuleAnalysis,
    twins: ReadonlyMap<RuleV1, RuleV1>,
    budget: Budget,
  ) {
    this.#rule = rule;
    this.#own = own;
    this.#other = other;
    this.#twins = twins;
    this.#budget = budget;
    this.#counted = this.#looked();
  }

  /** Returns points where the decision changes. */
  points(): readonly Point[] {
    const box = this.#own.boxOf(this.#rule);
    const sides = [this.#own, this.#other];
    const simple =
      box !== undefined && !sides.some(({ regions, rules }) => regions.unknownWithin(box, rules.length));
    if (simple) this.#whereFirst(box);
    else if (box !== undefined) this.#anywhere(box);
    for (const part of this.#own.unknownBoxesOf(this.#rule)) this.#anywhere(part);
    return this.#found;
  }

  /**
   * Searches for requests that the rule decides on its own side as the first match. The other side
   * must decide them differently, by a rule or by none.
   */
  #whereFirst(box: Box): void {
    const [own, other] = [this.#own.regions, this.#other.regions];
    const place = this.#own.placeOf(this.#rule);
    const before = own.around(box, place);
    this.#count(this.#budget);
    if (before === undefined || escape(box, (point) => before(point)?.box, this.#budget) === undefined)
      return;
    const end = this.#other.rules.length;
    for (const effect of ruleEffects) {
      if (effect === this.#rule.effect) continue;
      this.#attempt((escaping, count) =>
        other.meeting(box, effect, 0, end, (region) => {
          count();
          const twin = this.#twins.get(region.rule);
          if (twin !== undefined && this.#own.placeOf(twin) < place) return true;
          const part = commonBox(box, region.box)!;
          const earlier = other.around(part, region.place);
          return earlier === undefined || !escaping(part, (point) => (before(point) ?? earlier(point))?.box);
        }),
      );
    }
    const any = other.around(box, end);
    if (any !== undefined)
      this.#attempt((escaping) => escaping(box, (point) => (before(point) ?? any(point))?.box));
  }

  /**
   * Searches a whole box for each kind of change. With unknown fields, a rule may decide although
   * others come before it.
   */
  #anywhere(box: Box): void {
    const seen = new Set<string>();
    const blocking = (point: Point): Box | undefined => {
      const [own, other] = [this.#own.at(point).decision, this.#other.at(point).decision];
      if (own !== other && !seen.has(`${own} ${other}`)) return undefined;
      const constant = this.#other.constantBox(point);
      return this.#own.constantBox(point).map((ranges, axis) => intersection(ranges, constant[axis]!));
    };
    for (let more = true; more;) {
      more = false;
      this.#attempt((escaping) => {
        if (!escaping(box, blocking, deciding(box.length))) return;
        const point = this.#found.at(-1)!;
        seen.add(`${this.#own.at(point).decision} ${this.#other.at(point).decision}`);
        more = true;
      });
    }
  }

  /**
   * Searches for one more point: with the whole remaining budget if none is known yet, else only
   * briefly.
   */
  #attempt(
    look: (
      escaping: (box: Box, blocking: (point: Point) => Box | undefined, cost?: number) => boolean,
      count: () => void,
    ) => void,
  ): void {
    const known = this.#found.length > 0;
    const given = known ? Math.min(moreLimit, this.#budget.left) : this.#budget.left;
    const budget = { left: given };
    const count = (): void => this.#count(budget);
    try {
      look((box, blocking, cost) => {
        count();
        const point = escape(box, blocking, budget, cost);
        if (point === undefined) return false;
        budget.left -= deciding(box.length);
        this.#found.push(point);
        return true;
      }, count);
      count();
    } catch (error) {
      if (!known || !(error instanceof RangeError)) throw error;
    } finally {
      this.#budget.left -= given - budget.left;
    }
  }

  /** Charges the newly examined regions to a budget. Throws a RangeError if it runs out. */
  #count(budget: Budget): void {
    const looked = this.#looked();
    budget.left -= (looked - this.#counted) / looksOfPiece;
    this.#counted = looked;
    if (budget.left <= 0) throw new RangeError('not decided in reasonable time');
  }

  /** The number of examined regions on both sides. */
  #looked(): number {
    return this.#own.regions.looked + this.#other.regions.looked;
  }
}
