import type { PolicyDecision } from '@interlock/contracts';
import { canonicalJson } from '@interlock/kernel';
import { ruleEffects, type RuleV1 } from '../rule.js';
import { commonBox, deciding, escape, type Box, type Budget, type Point } from './box.js';
import { intersection } from './cells.js';
import { looksOfPiece } from './regions.js';
import { RuleAnalysis } from './rule-analysis.js';
import { Space, type Witness, type World } from './space.js';

/**
 * A request whose decision is another with the other rules, and the rules that make it (null: none
 * governs it).
 */
export type ChangedDecision = Witness & {
  readonly from: PolicyDecision | 'ABSTAIN';
  readonly to: PolicyDecision | 'ABSTAIN';
  readonly before: string | null;
  readonly after: string | null;
};

/** Pieces that may be looked at in all: some tenths of a second. */
const pieceLimit = 60_000;
/** Once a change is known, so many pieces are looked at for another kind of it. */
const moreLimit = 2000;

const sameConditions = (a: RuleV1['conditions'], b: RuleV1['conditions']): boolean =>
  a === b ||
  (a.length === b.length &&
    a.every(({ field, op, value }, i) => field === b[i]!.field && op === b[i]!.op && value === b[i]!.value));
/** Whether two rules mean the same; an id counts only between rules that decide the same. */
const sameMeaning = (a: RuleV1, b: RuleV1): boolean =>
  a.agent === b.agent &&
  a.action === b.action &&
  a.effect === b.effect &&
  a.priority === b.priority &&
  sameConditions(a.conditions, b.conditions);
/** What of a rule decides, as one text; its id counts only between rules that decide the same. */
export const meaning = ({ agent, action, effect, priority, conditions }: RuleV1): string =>
  canonicalJson({ agent, action, effect, priority, conditions });

/**
 * The rules that two sides have in common, word for word, each paired with its twin; ids are looked
 * at first, then what is left by its meaning.
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
 * Requests whose decision changes from one bundle's rules to another's: at least one for each kind
 * of change (from what to what) of each rule that only one of them has. Exact: none means that no
 * request that has its declared fields is decided otherwise. Throws a RangeError where that takes
 * too long to tell.
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
 * What changes by one rule that only one side has. INVARIANT: where nothing is unknown, a request
 * whose decision changes is one of which such a rule is the first that matches on its side: rules
 * that both sides have stand in the same order on both, but for those that decide the same.
 */
class RuleChange {
  readonly #rule: RuleV1;
  readonly #own: RuleAnalysis;
  readonly #other: RuleAnalysis;
  readonly #twins: ReadonlyMap<RuleV1, RuleV1>;
  readonly #budget: Budget;
  readonly #found: Point[] = [];
  /** How many of the regions that were looked at have been taken off a budget. */
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

  /** Points whose decision changes. */
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
   * Looks where the rule is the first that matches on its own side, and another decision is made on
   * the other: by one of its rules, or by none.
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
   * Looks at a box as a whole, for each kind of change: where what is unknown has a say, a rule may
   * decide behind others.
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

  /** Looks for one more point: with all that is left where none is known yet, else for a while. */
  #attempt(
    look: (
      escaping: (box: Box, blocking: (point: Point) => Box | undefined, cost?: number) => boolean,
      count: () => void,
    ) => void,
  ): void {
    const known = this.#found.length > 0;
    const given = known ? Math.min(moreLimit, this.#budget.left) : this.#budget.left;
    const budget = { left: given };
    const count = (): void => {
      this.#count(budget);
    };
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

  /**
   * Takes the regions looked at since the last time off a budget. Throws a RangeError where it runs
   * out.
   */
  #count(budget: Budget): void {
    const looked = this.#looked();
    budget.left -= (looked - this.#counted) / looksOfPiece;
    this.#counted = looked;
    if (budget.left <= 0) throw new RangeError('not decided in reasonable time');
  }

  /** How many regions have been looked at on both sides. */
  #looked(): number {
    return this.#own.regions.looked + this.#other.regions.looked;
  }
}
