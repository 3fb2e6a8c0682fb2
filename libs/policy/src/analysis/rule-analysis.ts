import type { PolicyDecision } from '@interlock/contracts';
import { RuleIndex } from '../rule-index.js';
import { compareRules, type RuleV1 } from '../rule.js';
import { boxMeets, commonBox, contains, cornerOf, escape, without, type Box, type Budget, type Point } from './box.js';
import { Space, type Witness } from './space.js';

/** Pieces that all questions to one analysis may take; beyond it the answer is a RangeError, which nobody may take for a no. Some seconds. */
const pieceLimit = 1_000_000;

/** Two rules that meet, with a request that both match. */
export type Meeting = { readonly allow: RuleV1; readonly deny: RuleV1; readonly witness: Witness };
/** A request and what the rules say of it. */
export type Decided = Witness & { readonly decision: PolicyDecision | 'ABSTAIN'; readonly rule: RuleV1 | null };

const decisions = { allow: 'ALLOW', deny: 'DENY', needs_approval: 'NEEDS_APPROVAL' } as const;
/** Where one rule matches, or where it counts although a field that it looks at is not declared. */
type Region = { readonly rule: RuleV1; readonly place: number; readonly box: Box; readonly unknown: boolean };

/** What can be said of a bundle's enabled rules over all requests that have every field that their action declares: exactly, each with a request that shows it. */
export class RuleAnalysis {
  readonly rules: readonly RuleV1[];
  readonly space: Space;
  readonly #index: RuleIndex;
  readonly #boxes: ReadonlyMap<RuleV1, Box | undefined>;
  readonly #unknown: ReadonlyMap<RuleV1, readonly Box[]>;
  readonly #budget: Budget = { left: pieceLimit };
  #known: readonly Region[] | undefined;

  /** The space is made of these rules at least. */
  constructor(rules: readonly RuleV1[], space: Space) {
    this.rules = rules.filter(({ enabled }) => enabled).sort(compareRules);
    this.space = space;
    this.#index = new RuleIndex(this.rules);
    this.#boxes = new Map(this.rules.map((rule) => [rule, space.box(rule)]));
    this.#unknown = new Map(this.rules.filter(({ effect }) => effect !== 'allow').map((rule) => [rule, space.unknownBoxes(rule)]));
  }

  /** Where a rule's conditions all hold; undefined where nowhere. */
  boxOf(rule: RuleV1): Box | undefined {
    return this.#boxes.get(rule);
  }

  /** Where a rule can have a say: matching, or unknown. */
  regionsOf(rule: RuleV1): readonly Box[] {
    const box = this.boxOf(rule);
    return [...(box === undefined ? [] : [box]), ...(this.#unknown.get(rule) ?? [])];
  }

  /** What the rules say of a point. */
  at(point: Point): Decided {
    const witness = this.space.witness(point);
    return { ...witness, ...this.#index.decide(witness.agent, witness.action, witness.context) };
  }

  /** A request that the rule decides; undefined where the rules before it leave it none. */
  reached(rule: RuleV1, within: Box = this.space.whole): Decided | undefined {
    const own = this.boxOf(rule);
    const box = own === undefined ? undefined : commonBox(own, within);
    if (box === undefined) return undefined;
    const point = escape(box, (at) => this.#instead(rule, at), this.#budget) ?? this.#behindUnknown(rule, box);
    return point === undefined ? undefined : this.at(point);
  }

  /** Every allow and deny rule of equal priority that some request matches both of. */
  conflicts(): readonly Meeting[] {
    const found: Meeting[] = [];
    for (let from = 0, to = 0; from < this.rules.length; from = to) {
      while (to < this.rules.length && this.rules[to]!.priority === this.rules[from]!.priority) to += 1;
      const equal = this.rules.slice(from, to);
      const allows = equal.filter(({ effect }) => effect === 'allow');
      for (const deny of equal) if (deny.effect === 'deny') for (const allow of allows) this.#meet(allow, deny, found);
    }
    return found;
  }

  /** For each rule the rules of higher priority and opposite effect that take some of its requests, at most `limit` of them. */
  overridden(limit: number): readonly { readonly rule: RuleV1; readonly by: readonly Meeting[] }[] {
    const opposite = { allow: [] as RuleV1[], deny: [] as RuleV1[] };
    const found: { readonly rule: RuleV1; readonly by: readonly Meeting[] }[] = [];
    for (const rule of this.rules) {
      if (rule.effect === 'needs_approval') continue;
      const by: Meeting[] = [];
      for (const higher of opposite[rule.effect === 'allow' ? 'deny' : 'allow']) {
        if (by.length === limit || higher.priority === rule.priority) break;
        if (rule.effect === 'allow') this.#meet(rule, higher, by);
        else this.#meet(higher, rule, by);
      }
      if (by.length > 0) found.push({ rule, by });
      opposite[rule.effect].push(rule);
    }
    return found;
  }

  /** A request within a box of whose decision `wanted` is true; it may look at nothing but the decision. */
  find(within: Box, wanted: (decision: Decided['decision']) => boolean): Decided | undefined {
    const point = escape(within, (at) => (wanted(this.at(at).decision) ? undefined : this.constantBox(at)), this.#budget);
    return point === undefined ? undefined : this.at(point);
  }

  /** A box around a point in which the rules decide as they do there. */
  constantBox(point: Point): Box {
    const { agent, action, context } = this.space.witness(point);
    const { rule: decider, decision, counted } = this.#index.evaluate(agent, action, context);
    const asks = counted.find(({ unknown }) => unknown)?.rule;
    const regions = (this.#known ??= this.#regions());
    let box = this.space.whole;
    let until = this.rules.length;
    for (const region of regions) {
      const decides = region.rule === decider && region.unknown === (decider === asks);
      const counts = region.rule === asks && region.unknown;
      if ((!decides && !counts) || !contains(region.box, point)) continue;
      box = commonBox(box, region.box)!;
      if (decides && asks === undefined) until = region.place;
    }
    for (const { rule, place, box: other, unknown } of regions) {
      if (place >= until) break;
      // Behind an unknown rule a later one may deny: where none is unknown here, none may be anywhere in the box.
      const harmless = unknown ? asks !== undefined || decision === 'DENY' : decisions[rule.effect] === decision;
      if (harmless || contains(other, point) || !boxMeets(box, other)) continue;
      box = without(box, other, point);
    }
    return box;
  }

  #regions(): readonly Region[] {
    return this.rules.flatMap((rule, place) => {
      const box = this.boxOf(rule);
      const unknown = (this.#unknown.get(rule) ?? []).map((part) => ({ rule, place, box: part, unknown: true }));
      return box === undefined ? unknown : [{ rule, place, box, unknown: false }, ...unknown];
    });
  }

  #meet(allow: RuleV1, deny: RuleV1, into: Meeting[]): void {
    const [a, b] = [this.boxOf(allow), this.boxOf(deny)];
    if (a === undefined || b === undefined || !boxMeets(a, b)) return;
    into.push({ allow, deny, witness: this.space.witness(cornerOf(commonBox(a, b)!)) });
  }

  /** The box that keeps a rule from deciding a point of its own; undefined where it does decide it. */
  #instead(rule: RuleV1, point: Point): Box | undefined {
    const { agent, action, context } = this.space.witness(point);
    const { rule: decided, counted } = this.#index.evaluate(agent, action, context);
    if (decided === rule || decided === null) return undefined;
    const asks = counted.find(({ unknown }) => unknown);
    // Behind an unknown rule an allow or a question changes nothing: the unknown one holds them back, whichever decides in the end.
    if (asks === undefined || rule.effect === 'deny') return this.boxOf(decided);
    return this.#unknown.get(asks.rule)!.find((box) => contains(box, point));
  }

  /**
   * A rule that denies does so even behind a rule that allows, where one before that is unknown because the action does not declare its field:
   * there only rules that deny keep it from deciding.
   */
  #behindUnknown(rule: RuleV1, box: Box): Point | undefined {
    if (rule.effect !== 'deny') return undefined;
    for (const before of this.rules.slice(0, this.rules.indexOf(rule))) {
      for (const part of this.#unknown.get(before) ?? []) {
        const piece = commonBox(box, part);
        const point = piece === undefined ? undefined : escape(piece, (at) => this.#instead(rule, at), this.#budget);
        if (point !== undefined) return point;
      }
    }
    return undefined;
  }
}
