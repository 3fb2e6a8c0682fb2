import type { PolicyDecision } from '@interlock/contracts';
import { truthOf, type Condition, type EvaluationContext } from '../condition/condition.js';
import { FewRules } from './few-rules.js';
import { RuleBlock, type RuleHit, type Missed, type PlacedRule, type Rules } from './rule-block.js';
import { RuleTests } from './rule-tests.js';
import { compareRules, type RuleEffect, type RuleV1 } from './rule.js';

/** A bundle's outcome for a request. ABSTAIN: no rule matched. */
export type RuleOutcome = {
  readonly decision: PolicyDecision | 'ABSTAIN';
  /** The deciding rule; null if there is none. */
  readonly rule: RuleV1 | null;
  /** Rules that matched, or counted as NEEDS_APPROVAL because of an unknown field, in order. */
  readonly counted: readonly { readonly rule: RuleV1; readonly unknown: boolean }[];
  /** Rules with unknown conditions, including allow rules. */
  readonly unknown: readonly RuleV1[];
  /** The place in evaluation order before which all rules were examined. */
  readonly lookedTo: number;
};

/** A bundle's decision and the deciding rule. */
export type RuleDecision = Pick<RuleOutcome, 'decision' | 'rule'>;

const decisions: { readonly [effect in RuleEffect]: PolicyDecision } = {
  allow: 'ALLOW',
  deny: 'DENY',
  needs_approval: 'NEEDS_APPROVAL',
};

/**
 * The numbers of rules in a block. The first is small, so that a request that an early rule decides
 * stops there. Larger ones cost more memory than they save time.
 */
const blockSizes = [512, 1024, 2048] as const;

/** The most rules that are examined one by one. */
const few = 16;

type List = readonly Rules[];
/**
 * The lists for an agent's actions: one for each action that a rule names, and one for all others.
 */
type OfAgent = { readonly byAction: ReadonlyMap<string, readonly List[]>; readonly others: readonly List[] };

const listOf = (rules: readonly PlacedRule[], tests: RuleTests): List => {
  if (rules.length <= few) return [new FewRules(rules, tests)];
  const list: Rules[] = [];
  for (let at = 0; at < rules.length;) {
    const size = blockSizes[Math.min(list.length, blockSizes.length - 1)]!;
    list.push(new RuleBlock(rules.slice(at, at + size), tests, at === 0));
    at += size;
  }
  return list;
};

const grouped = (
  rules: readonly PlacedRule[],
  name: (rule: RuleV1) => string,
): ReadonlyMap<string, readonly PlacedRule[]> => {
  const groups = new Map<string, PlacedRule[]>();
  for (const placed of rules) {
    const group = groups.get(name(placed.rule));
    if (group === undefined) groups.set(name(placed.rule), [placed]);
    else group.push(placed);
  }
  return groups;
};

const ofAgent = (rules: readonly PlacedRule[], tests: RuleTests): OfAgent => {
  const byAction = new Map(
    [...grouped(rules, ({ action }) => action)].map(([action, own]) => [action, listOf(own, tests)]),
  );
  const any = byAction.get('*');
  byAction.delete('*');
  const others = any === undefined ? [] : [any];
  return { byAction: new Map([...byAction].map(([action, own]) => [action, [...others, own]])), others };
};

const abstains: RuleDecision = { decision: 'ABSTAIN', rule: null };
const none: readonly [] = [];
const asking = ({ rule, unknown }: RuleHit): boolean => unknown && rule.effect !== 'allow';

/** Returns the rules of all lists before a place that no condition excludes, in order. */
const possible = (lists: readonly List[], until: number, stricter: boolean): readonly RuleHit[] => {
  const found: RuleHit[] = [];
  for (const list of lists) {
    for (const rules of list) {
      if (rules.start >= until) break;
      rules.possible(until, stricter, found);
    }
  }
  return lists.length > 1 ? found.sort(byPlace) : found;
};

/** Returns the first rule that matches, or the first that denies, in any list. */
const firstOf = (
  lists: readonly List[],
  size: number,
  denying: boolean,
): { readonly first: PlacedRule | undefined; readonly lacks: boolean } => {
  let first: PlacedRule | undefined;
  let until = size;
  let lacks = false;
  for (let i = 0; i < lists.length; i += 1) {
    const list = lists[i]!;
    for (let j = 0; j < list.length; j += 1) {
      const rules = list[j]!;
      if (rules.start >= until) break;
      const found = rules.first(until, denying);
      if (rules.lacks) lacks = true;
      if (found === undefined) continue;
      first = found;
      until = found.place;
      break;
    }
  }
  return { first, lacks };
};

/**
 * Returns the single condition that kept a conjunction from holding; undefined if there is none or
 * more than one.
 */
export const onlyFault = (
  conditions: readonly Condition[],
  context: EvaluationContext,
): Condition | undefined => {
  let fault: Condition | undefined;
  for (const condition of conditions) {
    const truth = truthOf(condition, context);
    if (truth === true) continue;
    if (truth === undefined || fault !== undefined) return undefined;
    fault = condition;
  }
  return fault;
};

const byPlace = (a: { readonly place: number }, b: { readonly place: number }): number => a.place - b.place;

/**
 * A compiled bundle. It is immutable, so a new one replaces it whole. Each rule is stored once, by
 * agent and action, with separate lists for wildcards. A request uses the up to four lists that
 * apply to it.
 */
export class RuleIndex {
  readonly #tests: RuleTests;
  readonly #agents: Map<string, OfAgent>;
  readonly #any: OfAgent | undefined;
  readonly #size: number;
  /** The lists for the names of the latest query. */
  #last: { readonly agent: string; readonly action: string; readonly lists: readonly List[] } | undefined;

  /** Compiles rules, given in any order; disabled ones are left out. */
  constructor(rules: readonly RuleV1[]) {
    const ordered = rules.filter(({ enabled }) => enabled).sort(compareRules);
    const placed = ordered.map((rule, place): PlacedRule => ({
      rule,
      place,
      decided: { decision: decisions[rule.effect], rule },
    }));
    this.#size = placed.length;
    this.#tests = new RuleTests(ordered);
    this.#agents = new Map(
      [...grouped(placed, ({ agent }) => agent)].map(([agent, own]) => [agent, ofAgent(own, this.#tests)]),
    );
    this.#any = this.#agents.get('*');
    this.#agents.delete('*');
  }

  /** Returns only the decision and its rule, for simulations and replays over many requests. */
  decide(agent: string, action: string, context: EvaluationContext): RuleDecision {
    const lists = this.#lists(agent, action);
    this.#tests.values.turnTo(context);
    const { first, lacks } = firstOf(lists, this.#size, false);
    const asks = lacks
      ? possible(lists, first?.place ?? this.#size, true).find(({ unknown }) => unknown)
      : undefined;
    if (asks === undefined) return first === undefined ? abstains : first.decided;
    return firstOf(lists, this.#size, true).first?.decided ?? { decision: 'NEEDS_APPROVAL', rule: asks.rule };
  }

  /**
   * Decides a request. The first matching rule decides. An unknown deny or needs_approval rule
   * counts as NEEDS_APPROVAL. After that, only a later deny rule can still change the decision, so
   * all later rules are examined.
   */
  evaluate(agent: string, action: string, context: EvaluationContext): RuleOutcome {
    const lists = this.#lists(agent, action);
    this.#last = { agent, action, lists };
    this.#tests.values.turnTo(context);
    const { first, lacks } = firstOf(lists, this.#size, false);
    const before = lacks ? possible(lists, first?.place ?? this.#size, false) : none;
    if (!before.some(asking)) {
      const unknown = before.map(({ rule }) => rule);
      if (first === undefined)
        return { decision: 'ABSTAIN', rule: null, counted: none, unknown, lookedTo: this.#size };
      const { rule, place } = first;
      return {
        decision: decisions[rule.effect],
        rule,
        counted: [{ rule, unknown: false }],
        unknown,
        lookedTo: place + 1,
      };
    }
    const { first: deny } = firstOf(lists, this.#size, true);
    const lookedTo = deny === undefined ? this.#size : deny.place + 1;
    const found = possible(lists, lookedTo, false);
    const counted = found
      .filter(({ rule }) => rule.effect !== 'allow')
      .map(({ rule, unknown }) => ({ rule, unknown }));
    const unknown = found.filter((one) => one.unknown).map(({ rule }) => rule);
    return {
      decision: deny === undefined ? 'NEEDS_APPROVAL' : 'DENY',
      rule: deny?.rule ?? counted[0]!.rule,
      counted,
      unknown,
      lookedTo,
    };
  }

  /**
   * Returns rules before a place that a single condition kept from matching, in order, at most
   * `limit`. The request must be the unchanged one of the latest `evaluate`.
   */
  nearMisses(
    agent: string,
    action: string,
    context: EvaluationContext,
    until: number,
    limit: number,
  ): readonly { readonly rule: RuleV1; readonly condition: Condition }[] {
    this.#tests.values.stayWith(context);
    const lists =
      this.#last?.agent === agent && this.#last.action === action
        ? this.#last.lists
        : this.#lists(agent, action);
    const found: Missed[] = [];
    for (const list of lists) {
      // Each list may supply up to the limit; the first ones are selected afterwards.
      const most = found.length + limit;
      for (const rules of list) {
        if (rules.start >= until || found.length >= most) break;
        rules.missed(until, most, found);
      }
    }
    if (lists.length > 1) found.sort(byPlace);
    return found.length > limit ? found.slice(0, limit) : found;
  }

  /** Returns the lists that apply to a request, wildcards first. */
  #lists(agent: string, action: string): readonly List[] {
    const own = this.#agents.get(agent);
    const named = own === undefined ? none : (own.byAction.get(action) ?? own.others);
    if (this.#any === undefined) return named;
    const any = this.#any.byAction.get(action) ?? this.#any.others;
    if (named.length === 0) return any;
    return any.length === 0 ? named : [...any, ...named];
  }
}
