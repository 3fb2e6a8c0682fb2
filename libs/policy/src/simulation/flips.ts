import type { PolicyDecision } from '@interlock/contracts';
import { canonicalJson, sha256Hex } from '@interlock/kernel';
import {
  flipListHash,
  shownFlips,
  type Flip,
  type FlipCounts,
  type FlipList,
  type FlipListContent,
} from '../bundle/flips.js';
import type { CompiledPolicies } from '../policy/evaluation.js';
import type { RecordedDecision } from '../evaluation/recorded.js';
import type { RuleIndex } from '../rules/rule-index.js';
import { decideFully } from './decide.js';

const count = (counts: Map<string, number>, from: PolicyDecision, to: PolicyDecision): void => {
  if (from !== to) counts.set(`${from}→${to}`, (counts.get(`${from}→${to}`) ?? 0) + 1);
};
const plain = (counts: ReadonlyMap<string, number>): FlipCounts =>
  Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));

/** Collects recorded evaluations one by one, newest first; a repeated id is dropped. */
export class FlipCollector {
  readonly #seen = new Set<string>();
  readonly #counts = new Map<string, number>();
  readonly #countsActive = new Map<string, number>();
  readonly #flips: Flip[] = [];
  #flipped = 0;
  #hash = sha256Hex('');

  constructor(
    private readonly candidate: RuleIndex,
    private readonly active: RuleIndex | null,
    private readonly policies: CompiledPolicies,
  ) {}

  /** The number of examined evaluations. */
  get evaluations(): number {
    return this.#seen.size;
  }

  add({
    evaluation_id,
    decision: from,
    bundle,
    input: { agent, action_type: action, context },
  }: RecordedDecision): void {
    if (this.#seen.has(evaluation_id)) return;
    this.#seen.add(evaluation_id);
    const { decision: to, rule } = decideFully(this.policies, this.candidate, agent, action, context);
    const { decision: active } = decideFully(this.policies, this.active, agent, action, context);
    if (to === from && to === active) return;
    count(this.#counts, from, to);
    count(this.#countsActive, active, to);
    const flip: Flip = {
      evaluation_id,
      from,
      was_rule_id: bundle.rule_id,
      active,
      to,
      rule_id: rule?.id ?? null,
    };
    this.#flipped += 1;
    this.#hash = sha256Hex(`${this.#hash}\n${canonicalJson(flip)}`);
    if (this.#flips.length < shownFlips) this.#flips.push(flip);
  }

  /** The list of all collected flips. */
  list(
    of: Pick<
      FlipListContent,
      'bundle_id' | 'version' | 'bundle_hash' | 'against_hash' | 'from' | 'to' | 'position' | 'capped'
    >,
  ): FlipList {
    const content: FlipListContent = {
      ...of,
      evaluations: this.evaluations,
      counts: plain(this.#counts),
      counts_active: plain(this.#countsActive),
      flips: this.#flips,
      truncated: this.#flipped > this.#flips.length,
      flips_hash: this.#hash,
    };
    return { ...content, flip_list_hash: flipListHash(content) };
  }
}
