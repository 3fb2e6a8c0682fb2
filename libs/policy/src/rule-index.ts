import type { PolicyDecision } from '@interlock/contracts';
import { truthOf, type Condition, type EvaluationContext } from './condition.js';
import { FewRules } from './few-rules.js';
import { RequestValues } from './request-values.js';
import { RuleBlock, type Found, type PlacedRule, type Rules } from './rule-block.js';
import { compareRules, type RuleEffect, type RuleV1 } from './rule.js';

/** What a bundle says of a request. ABSTAIN: no rule matched. */
export type RuleOutcome = {
  readonly decision: PolicyDecision | 'ABSTAIN';
  /** The rule that made the decision; null where none did. */
  readonly rule: RuleV1 | null;
  /** Rules that matched, or counted as NEEDS_APPROVAL because of an unknown field, in order. */
  readonly counted: readonly { readonly rule: RuleV1; readonly unknown: boolean }[];
  /** Rules whose conditions were unknown, allow rules among them. */
  readonly unknown: readonly RuleV1[];
  /** Rules before this place of the bundle's order were looked at. */
  readonly lookedTo: number;
};

/** The decision of a bundle, and the rule that made it. */
export type RuleDecision = Pick<RuleOutcome, 'decision' | 'rule'>;

const decisions: { readonly [effect in RuleEffect]: PolicyDecision } = { allow: 'ALLOW', deny: 'DENY', needs_approval: 'NEEDS_APPROVAL' };

/** Rules in a block: the first small, so that a request that an early rule decides looks no further; large ones need more memory than they save time. */
const blockSizes = [512, 1024, 2048] as const;

/** Up to so many rules are looked at one by one. */
const few = 16;

type Blocks = readonly Rules[];
type OfAgent = { readonly byAction: ReadonlyMap<string, Blocks>; readonly any: Blocks };
const noBlocks: Blocks = [];

const blocksOf = (rules: readonly PlacedRule[], values: RequestValues): Blocks => {
  if (rules.length <= few) return [new FewRules(rules, values)];
  const blocks: RuleBlock[] = [];
  for (let at = 0; at < rules.length;) {
    const size = blockSizes[Math.min(blocks.length, blockSizes.length - 1)]!;
    blocks.push(new RuleBlock(rules.slice(at, at + size), values));
    at += size;
  }
  return blocks;
};

const grouped = (rules: readonly PlacedRule[], name: (rule: RuleV1) => string): ReadonlyMap<string, readonly PlacedRule[]> => {
  const groups = new Map<string, PlacedRule[]>();
  for (const placed of rules) {
    const group = groups.get(name(placed.rule));
    if (group === undefined) groups.set(name(placed.rule), [placed]);
    else group.push(placed);
  }
  return groups;
};

const ofAgent = (rules: readonly PlacedRule[], values: RequestValues): OfAgent => {
  const byAction = new Map([...grouped(rules, ({ action }) => action)].map(([action, own]) => [action, blocksOf(own, values)]));
  const any = byAction.get('*') ?? noBlocks;
  byAction.delete('*');
  return { byAction, any };
};

const abstains: RuleDecision = { decision: 'ABSTAIN', rule: null };
const asking = ({ rule, unknown }: Found): boolean => unknown && rule.effect !== 'allow';

/** Rules before a place of which no condition is false, of all lists, in order; their blocks are located. */
const possible = (lists: readonly Blocks[], until: number, stricter: boolean): readonly Found[] => {
  const found: Found[] = [];
  for (const blocks of lists) {
    for (const block of blocks) {
      if (block.start >= until) break;
      block.possible(until, stricter, found);
    }
  }
  return lists.length > 1 ? found.sort(byPlace) : found;
};

/** The first rule that denies, wherever it stands; locates every block that it looks at. */
const firstDeny = (lists: readonly Blocks[]): PlacedRule | undefined => {
  let first: PlacedRule | undefined;
  for (const blocks of lists) {
    for (const block of blocks) {
      block.locate();
      const found = block.first(true);
      if (found !== undefined && (first === undefined || found.place < first.place)) first = found;
    }
  }
  return first;
};

/** The one condition that kept a conjunction from holding; undefined where it is none or several. */
export const onlyFault = (conditions: readonly Condition[], context: EvaluationContext): Condition | undefined => {
  let fault: Condition | undefined;
  for (const condition of conditions) {
    const truth = truthOf(condition, context);
    if (truth === true) continue;
    if (truth === undefined || fault !== undefined) return undefined;
    fault = condition;
  }
  return fault;
};

const byPlace = (a: PlacedRule, b: PlacedRule): number => a.place - b.place;

/**
 * A bundle ready to be evaluated; immutable, so that a new one replaces it whole. Rules are kept by agent and action, each once, wildcards
 * apart; a request looks at the up to four lists that can govern it.
 */
export class RuleIndex {
  readonly #values = new RequestValues();
  readonly #agents = new Map<string, OfAgent>();
  readonly #any: OfAgent | undefined;
  readonly #size: number;

  /** Compiles rules, given in any order; those that are not enabled are left out. */
  constructor(rules: readonly RuleV1[]) {
    const placed = rules.filter(({ enabled }) => enabled).sort(compareRules).map((rule, place) => ({ rule, place }));
    this.#size = placed.length;
    for (const [agent, own] of grouped(placed, ({ agent: name }) => name)) this.#agents.set(agent, ofAgent(own, this.#values));
    this.#any = this.#agents.get('*');
    this.#agents.delete('*');
  }

  /** The decision and its rule, no more: what simulations and replays over many requests ask for. */
  decide(agent: string, action: string, context: EvaluationContext): RuleDecision {
    const { lists, first, lacks } = this.#first(agent, action, context);
    if (!lacks) return first === undefined ? abstains : { decision: decisions[first.rule.effect], rule: first.rule };
    const asks = possible(lists, first?.place ?? this.#size, true).find(({ unknown }) => unknown);
    if (asks === undefined) return first === undefined ? abstains : { decision: decisions[first.rule.effect], rule: first.rule };
    const deny = firstDeny(lists);
    return deny === undefined ? { decision: 'NEEDS_APPROVAL', rule: asks.rule } : { decision: 'DENY', rule: deny.rule };
  }

  /**
   * The first rule that matches decides. A deny or needs_approval rule that is unknown counts as NEEDS_APPROVAL; from then on the
   * decision can only become stricter: every later rule is looked at, one that denies denies, one that allows changes nothing.
   */
  evaluate(agent: string, action: string, context: EvaluationContext): RuleOutcome {
    const { lists, first, lacks } = this.#first(agent, action, context);
    const before = lacks ? possible(lists, first?.place ?? this.#size, false) : [];
    if (!before.some(asking)) {
      const unknown = before.map(({ rule }) => rule);
      if (first === undefined) return { decision: 'ABSTAIN', rule: null, counted: [], unknown, lookedTo: this.#size };
      const { rule, place } = first;
      return { decision: decisions[rule.effect], rule, counted: [{ rule, unknown: false }], unknown, lookedTo: place + 1 };
    }
    const deny = firstDeny(lists);
    const lookedTo = deny === undefined ? this.#size : deny.place + 1;
    const found = possible(lists, lookedTo, false);
    const counted = found.filter(({ rule }) => rule.effect !== 'allow').map(({ rule, unknown }) => ({ rule, unknown }));
    const unknown = found.filter((one) => one.unknown).map(({ rule }) => rule);
    return { decision: deny === undefined ? 'NEEDS_APPROVAL' : 'DENY', rule: deny?.rule ?? counted[0]!.rule, counted, unknown, lookedTo };
  }

  /** Rules before a place that one condition alone kept from matching, in order, at most `limit`. */
  nearMisses(agent: string, action: string, context: EvaluationContext, until: number, limit: number): readonly { readonly rule: RuleV1; readonly condition: Condition }[] {
    this.#values.turnTo(context);
    const missed = this.#lists(agent, action).flatMap((blocks) => {
      const own: (PlacedRule & { readonly condition: Condition })[] = [];
      for (const block of blocks) {
        if (block.start >= until || own.length === limit) break;
        block.locate();
        block.nearly(until, ({ rule, place }) => {
          const condition = onlyFault(rule.conditions, context);
          if (condition !== undefined) own.push({ rule, place, condition });
          return own.length < limit;
        });
      }
      return own;
    });
    return missed.sort(byPlace).slice(0, limit);
  }

  #lists(agent: string, action: string): readonly Blocks[] {
    const own = this.#agents.get(agent);
    const lists: Blocks[] = [];
    for (const group of [own, this.#any]) {
      if (group === undefined) continue;
      const named = group.byAction.get(action);
      if (named !== undefined) lists.push(named);
      if (group.any !== noBlocks) lists.push(group.any);
    }
    return lists;
  }

  /** The first rule that matches; every block that begins before it has been located. */
  #first(agent: string, action: string, context: EvaluationContext): { readonly lists: readonly Blocks[]; readonly first: PlacedRule | undefined; readonly lacks: boolean } {
    const lists = this.#lists(agent, action);
    this.#values.turnTo(context);
    let first: PlacedRule | undefined;
    let lacks = false;
    for (const blocks of lists) {
      for (const block of blocks) {
        if (first !== undefined && block.start > first.place) break;
        if (block.locate()) lacks = true;
        const found = block.first();
        if (found === undefined) continue;
        if (first === undefined || found.place < first.place) first = found;
        break;
      }
    }
    return { lists, first, lacks };
  }
}
