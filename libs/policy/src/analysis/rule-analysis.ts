import type { PolicyDecision } from '@interlock/contracts';
import { RuleIndex } from '../rules/rule-index.js';
import { compareRules, type RuleV1 } from '../rules/rule.js';
import {
  boxMeets,
  commonBox,
  contains,
  cornerOf,
  deciding,
  escape,
  runsIn,
  without,
  type Box,
  type Budget,
  type Point,
} from './box.js';
import { looksOfPiece, Regions, type Region } from './regions.js';
import { Space, type Witness } from './space.js';

/**
 * The most pieces for all questions to one analysis, which takes some tenths of a second;
 * `questionLimit` is that for one question. Beyond these limits a RangeError is thrown, which must
 * not be mistaken for a no. INVARIANT: meanwhile the process answers nothing else, not even the
 * kill switch.
 */
const pieceLimit = 100_000;
const questionLimit = 10_000;
/**
 * Rules that read more fields are not analysed, because the cost of a question and the size of a
 * witness grow with their number.
 */
const mostFields = 256;
/** A box with this number of runs costs as much as one examined region. */
const runsOfLook = 16;

/** Two rules that overlap, with a request that both match. */
export type Meeting = { readonly allow: RuleV1; readonly deny: RuleV1; readonly witness: Witness };
/** A request with the decision of the rules. */
export type Decided = Witness & {
  readonly decision: PolicyDecision | 'ABSTAIN';
  readonly rule: RuleV1 | null;
};

const decisions = { allow: 'ALLOW', deny: 'DENY', needs_approval: 'NEEDS_APPROVAL' } as const;

/**
 * Analyses a bundle's enabled rules over all requests that have every field that their action
 * declares. Answers are exact, each with a request that shows it.
 */
export class RuleAnalysis {
  readonly rules: readonly RuleV1[];
  readonly space: Space;
  readonly #places: ReadonlyMap<RuleV1, number>;
  readonly #boxes: readonly (Box | undefined)[];
  readonly #unknown: readonly (readonly Box[])[];
  readonly #budget: Budget = { left: pieceLimit };
  #index: RuleIndex | undefined;
  #regions: Regions | undefined;

  /** The space must be built from at least these rules. */
  constructor(rules: readonly RuleV1[], space: Space) {
    this.rules = rules.filter(({ enabled }) => enabled).sort(compareRules);
    this.space = space;
    this.#places = new Map(this.rules.map((rule, place) => [rule, place]));
    this.#boxes = this.rules.map((rule) => space.box(rule));
    this.#unknown = this.rules.map((rule) => (rule.effect === 'allow' ? [] : space.unknownBoxes(rule)));
  }

  /**
   * Returns the regions where the rules have an effect. Throws a RangeError if they read too many
   * fields.
   */
  get regions(): Regions {
    if (this.space.axes.length > mostFields) throw new RangeError(`more than ${mostFields} fields`);
    return (this.#regions ??= new Regions(
      this.rules.flatMap((rule, place): readonly Region[] => {
        const box = this.#boxes[place];
        const unknown = this.#unknown[place]!.map((part) => ({ rule, place, box: part, unknown: true }));
        return box === undefined ? unknown : [{ rule, place, box, unknown: false }, ...unknown];
      }),
      this.rules.length,
      this.space,
    ));
  }

  /** Returns the place of a rule in evaluation order. */
  placeOf(rule: RuleV1): number {
    const place = this.#places.get(rule);
    if (place === undefined) throw new TypeError(`rule \`${rule.id}\` is not among those analysed`);
    return place;
  }

  /**
   * Returns where all conditions of a rule hold; undefined if nowhere, or if the rule is disabled.
   */
  boxOf(rule: RuleV1): Box | undefined {
    const place = this.#places.get(rule);
    return place === undefined ? undefined : this.#boxes[place];
  }

  /**
   * Returns where a rule could match but reads a field that the action does not declare. It then
   * counts as unknown.
   */
  unknownBoxesOf(rule: RuleV1): readonly Box[] {
    const place = this.#places.get(rule);
    return place === undefined ? [] : this.#unknown[place]!;
  }

  /** Returns where a rule can have an effect, because it matches or is unknown. */
  regionsOf(rule: RuleV1): readonly Box[] {
    const box = this.boxOf(rule);
    return [...(box === undefined ? [] : [box]), ...this.unknownBoxesOf(rule)];
  }

  /** The decision of the rules at a point. */
  at(point: Point): Decided {
    const witness = this.space.witness(point);
    return { ...witness, ...this.#compiled().decide(witness.agent, witness.action, witness.context) };
  }

  /** Returns a request that the rule decides; undefined if earlier rules decide all of them. */
  reached(rule: RuleV1, within: Box = this.space.whole): Decided | undefined {
    const point = this.#reachedAt(rule, within);
    return point === undefined ? undefined : this.at(point);
  }

  /** True if the rule decides some request. */
  reaches(rule: RuleV1): boolean {
    return this.#reachedAt(rule, this.space.whole) !== undefined;
  }

  /**
   * Returns the first earlier rule that matches every request that this one matches; undefined if
   * no single rule does.
   */
  coverOf(rule: RuleV1): RuleV1 | undefined {
    const box = this.boxOf(rule);
    return box === undefined ? undefined : this.regions.covering(box, this.placeOf(rule))?.rule;
  }

  /**
   * Returns at most `limit` pairs of an allow and a deny rule of equal priority that both match
   * some request. Throws a RangeError if that takes too long.
   */
  conflicts(limit = Infinity): readonly Meeting[] {
    const found: Meeting[] = [];
    const budget = { left: pieceLimit };
    for (let from = 0, to = 0; from < this.rules.length && found.length < limit; from = to) {
      const { priority } = this.rules[from]!;
      while (to < this.rules.length && this.rules[to]!.priority === priority) to += 1;
      // At equal priority, deny rules come first and allow rules last.
      for (
        let place = from;
        place < to && this.rules[place]!.effect === 'deny' && found.length < limit;
        place += 1
      )
        this.#meetings(place, from, to, limit, budget, found);
    }
    return found;
  }

  /**
   * Returns, for each rule, at most `limit` rules of higher priority and opposite effect that
   * decide some of its requests. Throws a RangeError if that takes too long.
   */
  overridden(limit: number): readonly { readonly rule: RuleV1; readonly by: readonly Meeting[] }[] {
    const found: { readonly rule: RuleV1; readonly by: readonly Meeting[] }[] = [];
    const budget = { left: pieceLimit };
    let higher = 0;
    for (const [place, rule] of this.rules.entries()) {
      if (rule.priority !== this.rules[higher]!.priority) higher = place;
      if (rule.effect === 'needs_approval') continue;
      const by: Meeting[] = [];
      this.#meetings(place, 0, higher, limit, budget, by);
      if (by.length > 0) found.push({ rule, by });
    }
    return found;
  }

  /**
   * Returns a request within a box with a wanted decision. `wanted` must depend on the decision
   * alone.
   */
  find(within: Box, wanted: (decision: Decided['decision']) => boolean): Decided | undefined {
    const point = this.#ask((budget) =>
      escape(
        within,
        (at) => (wanted(this.at(at).decision) ? undefined : this.constantBox(at)),
        budget,
        deciding(within.length),
      ),
    );
    return point === undefined ? undefined : this.at(point);
  }

  /** Returns a box around a point in which the rules decide as they do at the point. */
  constantBox(point: Point): Box {
    const { agent, action, context } = this.space.witness(point);
    const { rule: decider, decision, counted } = this.#compiled().evaluate(agent, action, context);
    const asks = counted.find(({ unknown }) => unknown)?.rule;
    let box = this.space.whole;
    let until = this.rules.length;
    if (asks !== undefined) box = commonBox(box, this.#unknownAround(asks, point)!)!;
    if (decider !== null && decider !== asks) {
      box = commonBox(box, this.boxOf(decider)!)!;
      if (asks === undefined) until = this.placeOf(decider);
    }
    const around = box;
    const cut = ({ rule, box: other, unknown }: Region): boolean => {
      // After an unknown rule, a later one may deny. If no rule is unknown at the point, none may
      // be unknown anywhere in the box.
      const harmless = unknown
        ? asks !== undefined || decision === 'DENY'
        : decisions[rule.effect] === decision;
      if (harmless || contains(other, point) || !boxMeets(box, other)) return true;
      box = without(box, other, point);
      this.regions.looked += Math.ceil(runsIn(box) / runsOfLook);
      return true;
    };
    for (const kind of ['known', 'unknown'] as const)
      this.#charged(this.#budget, () => this.regions.meeting(around, kind, 0, until, cut));
    return box;
  }

  #compiled(): RuleIndex {
    return (this.#index ??= new RuleIndex(this.rules));
  }

  /** Runs one question with its share of the common budget. */
  #ask<T>(question: (budget: Budget) => T): T {
    const budget = { left: Math.min(questionLimit, this.#budget.left) };
    const given = budget.left;
    try {
      return this.#charged(budget, () => question(budget));
    } finally {
      this.#budget.left -= given - budget.left;
    }
  }

  /** Charges the regions that some work examines. Throws a RangeError if the budget is used up. */
  #charged<T>(budget: Budget, work: () => T): T {
    if (budget.left <= 0) throw new RangeError('not decided in reasonable time');
    const before = this.regions.looked;
    try {
      return work();
    } finally {
      budget.left -= (this.regions.looked - before) / looksOfPiece;
    }
  }

  #reachedAt(rule: RuleV1, within: Box): Point | undefined {
    const own = this.boxOf(rule);
    const box = own === undefined ? undefined : commonBox(own, within);
    if (box === undefined) return undefined;
    const place = this.placeOf(rule);
    return this.#ask((budget) => {
      if (this.regions.unknownWithin(box, place))
        return (
          escape(box, (at) => this.#instead(rule, at), budget, deciding(box.length)) ??
          this.#behindUnknown(rule, box, budget)
        );
      const before = this.regions.around(box, place);
      return before === undefined
        ? undefined
        : escape(box, (at) => this.#charged(budget, () => before(at)?.box), budget);
    });
  }

  /**
   * Adds the overlaps of an allow or deny rule with rules of the opposite effect, from place `from`
   * to before `to`.
   */
  #meetings(place: number, from: number, to: number, limit: number, budget: Budget, into: Meeting[]): void {
    const rule = this.rules[place]!;
    const box = this.#boxes[place];
    if (box === undefined || from === to) return;
    const { space } = this;
    this.#charged(budget, () =>
      this.regions.meeting(box, rule.effect === 'allow' ? 'deny' : 'allow', from, to, (other) => {
        const [allow, deny] = rule.effect === 'allow' ? [rule, other.rule] : [other.rule, rule];
        into.push({
          allow,
          deny,
          get witness() {
            return space.witness(cornerOf(commonBox(box, other.box)!));
          },
        });
        return into.length < limit;
      }),
    );
  }

  /**
   * Returns the box that keeps a rule from deciding a point in its region; undefined if it decides
   * the point.
   */
  #instead(rule: RuleV1, point: Point): Box | undefined {
    const { agent, action, context } = this.space.witness(point);
    const { rule: decided, counted } = this.#compiled().evaluate(agent, action, context);
    if (decided === rule || decided === null) return undefined;
    const asks = counted.find(({ unknown }) => unknown);
    // After an unknown rule, a later allow or needs_approval rule cannot decide, because the
    // unknown one blocks both.
    return asks === undefined || rule.effect === 'deny'
      ? this.boxOf(decided)
      : this.#unknownAround(asks.rule, point);
  }

  /** Returns the box around a point in which a rule is unknown. */
  #unknownAround(rule: RuleV1, point: Point): Box | undefined {
    return this.unknownBoxesOf(rule).find((box) => contains(box, point));
  }

  /**
   * Returns a point that a deny rule decides after an unknown rule. A deny rule decides even after
   * an allow rule if the action does not declare a field of an earlier rule. Only other deny rules
   * can precede it there.
   */
  #behindUnknown(rule: RuleV1, box: Box, budget: Budget): Point | undefined {
    let point: Point | undefined;
    if (rule.effect !== 'deny') return undefined;
    this.regions.meeting(box, 'unknown', 0, this.placeOf(rule), (region) => {
      const part = commonBox(box, region.box)!;
      point = escape(part, (at) => this.#instead(rule, at), budget, deciding(box.length));
      return point === undefined;
    });
    return point;
  }
}
