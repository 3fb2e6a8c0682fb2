import { policyDecisions, type Loosened, type PolicyDecision } from '@interlock/contracts';
import { whereLowered, whereRaised, type Loosens } from '@interlock/kernel';
import { commonBox, contains, boxMeets, deciding, escape, without, type Box } from '../analysis/box.js';
import { RuleAnalysis } from '../analysis/rule-analysis.js';
import { Space, type Witness } from '../analysis/space.js';
import type { PossibleDecision } from '../analysis/decision-search.js';
import type { FieldCatalogue } from '../condition/field.js';
import { worldOf } from '../analysis/field-domains.js';
import { compilePolicies, evaluatePolicies, stricter, windowOf } from '../policy/evaluation.js';
import type { PolicyState } from '../policy/policy.js';
import type { PolicyV1 } from '../policy/content.js';
import type { RuleV1 } from '../rules/rule.js';

/** Everything that decides in addition to the policy that changes. */
export type BesidePolicy = {
  /** The tenant's other policies. Inactive ones do not count. */
  readonly policies: readonly PolicyV1[];
  /**
   * The rules of each bundle that decides some requests; an empty list stands for requests without
   * a bundle.
   */
  readonly bundles: readonly (readonly RuleV1[])[];
  readonly catalogue: FieldCatalogue;
};

/** The largest number of examples in one answer. */
const mostExamples = 20;
/** The most pieces that are examined for one bundle, which takes some tenths of a second. */
const pieceLimit = 60_000;
const mostShown = 300;

/** Returns a policy in the shape of rules, so that the space of requests knows its conditions. */
const rulesOf = ({ policy_id: id, action_types: types, conditions }: PolicyV1): readonly RuleV1[] =>
  types.map((action) => ({
    id,
    agent: '*',
    action,
    effect: 'deny',
    priority: 0,
    enabled: true,
    conditions,
    reason: '',
  }));

const activeOf = ({ versions }: PolicyState): PolicyV1 | null => {
  const policy = versions.at(-1);
  return policy?.status === 'active' ? policy : null;
};

const strictness = (decision: PolicyDecision): number => policyDecisions.indexOf(decision);
/** Returns the effective decision. If both layers abstain, a person is asked. */
const effective = (decision: PossibleDecision): PolicyDecision =>
  decision === 'ABSTAIN' ? 'NEEDS_APPROVAL' : decision;

/** How the other layer lets requests run that the policy no longer holds, or newly holds. */
type Permitted = 'ALLOW' | 'CONFIRM' | 'ABSTAIN';
const mayRun = (decision: PossibleDecision): boolean => decision === 'ALLOW' || decision === 'CONFIRM';

/** True if a policy holds requests that it does not deny, by limits or by a window. */
const holdsBack = (policy: PolicyV1): boolean =>
  policy.decision === 'CONFIRM' ||
  policy.max_affected_entities !== null ||
  policy.min_confidence !== null ||
  policy.confirm_above_entities !== null;

/**
 * Returns how a request is decided less strictly after the change; undefined if it is not.
 * INVARIANT: a denial or hold by another policy or bundle does not count, because another change
 * could remove it.
 */
const looserAt = (
  [was, is]: readonly [PossibleDecision, PossibleDecision],
  permitted: Permitted,
  [before, after]: readonly [PolicyV1 | null, PolicyV1 | null],
):
  | { readonly pointer: string; readonly from: PolicyDecision | 'limits'; readonly to: PolicyDecision }
  | undefined => {
  const [from, to] = [effective(stricter(was, permitted)), effective(stricter(is, permitted))];
  if (was !== 'ABSTAIN' && is !== 'ABSTAIN' && strictness(is) < strictness(was))
    return { pointer: '/decision', from: was, to: is };
  if (strictness(to) < strictness(from)) return { pointer: '/decision', from, to };
  if (!mayRun(permitted)) return undefined;
  if (was !== 'ABSTAIN' && is === 'ABSTAIN' && before !== null && holdsBack(before))
    return { pointer: '/limits', from: 'limits', to };
  return was === 'ABSTAIN' && is !== 'ABSTAIN' && is !== 'DENY' && after?.max_affected_entities !== null
    ? { pointer: '/max_affected_entities', from: 'limits', to }
    : undefined;
};

const shownRequest = ({ agent, action, context }: Witness, fields: ReadonlySet<string>): string => {
  const values = Object.entries(context)
    .filter(([field]) => fields.has(field))
    .map(([field, value]) => `${field} ${JSON.stringify(value)}`);
  return [`\`${action}\` by \`${agent}\``, ...values].join(', ').slice(0, mostShown);
};

/**
 * Returns examples of requests that are decided less strictly, one for each kind and action type.
 */
const looserRequests = (
  before: PolicyV1 | null,
  after: PolicyV1 | null,
  { policies, catalogue }: BesidePolicy,
  rules: readonly RuleV1[],
): readonly Loosened[] => {
  const others = policies.filter(({ status }) => status === 'active');
  const own = [before, after].flatMap((policy) => (policy === null ? [] : rulesOf(policy)));
  const ofOthers = others.flatMap(rulesOf);
  const space = new Space(
    [...own, ...ofOthers, ...rules.filter(({ enabled }) => enabled)],
    worldOf(catalogue),
  );
  const bundle = new RuleAnalysis(rules, space);
  const boxesOf = (rule: RuleV1): readonly Box[] => {
    const box = space.box(rule);
    return [...(box === undefined ? [] : [box]), ...space.unknownBoxes(rule)];
  };
  const ownBoxes = own.flatMap(boxesOf);
  const boxes = [...ownBoxes, ...ofOthers.flatMap(boxesOf)];
  const never =
    before !== null &&
    before.decision !== 'ALLOW' &&
    rulesOf(before).some((rule) => boxesOf(rule).length === 0);
  const [old, next, beside] = [
    compilePolicies(before === null ? [] : [before]),
    compilePolicies(after === null ? [] : [after]),
    compilePolicies(others),
  ];
  const fields = new Set(own.flatMap(({ conditions }) => conditions.map(({ field }) => field)));
  const judge = ({ agent: _agent, action, context }: Witness, ofBundle: PossibleDecision) => {
    const known = evaluatePolicies(beside, action, context).counted.filter(({ unknown }) => !unknown);
    const may = (decision: 'ALLOW' | 'CONFIRM'): boolean =>
      known.some(({ policy }) => policy.decision === decision);
    const permitted: Permitted =
      ofBundle === 'ALLOW' || may('ALLOW') ? 'ALLOW' : may('CONFIRM') ? 'CONFIRM' : 'ABSTAIN';
    const decisionOf = (one: typeof old): PossibleDecision => evaluatePolicies(one, action, context).decision;
    return looserAt([decisionOf(old), decisionOf(next)], permitted, [before, after]);
  };
  const budget = { left: pieceLimit };
  const found = new Map<string, Loosened>();
  for (const region of ownBoxes) {
    for (let more = true; more && found.size < mostExamples;) {
      const at = escape(
        region,
        (point) => {
          const { decision, ...request } = bundle.at(point);
          const looser = judge(request, decision);
          if (looser !== undefined && !found.has(keyOf(request, looser))) return undefined;
          return boxes.reduce((part, other) => {
            if (contains(other, point)) return commonBox(part, other)!;
            return boxMeets(part, other) ? without(part, other, point) : part;
          }, bundle.constantBox(point));
        },
        budget,
        deciding(region.length) + Math.ceil(boxes.length / 32),
      );
      more = at !== undefined;
      if (at === undefined) continue;
      const { decision, ...request } = bundle.at(at);
      const looser = judge(request, decision)!;
      found.set(keyOf(request, looser), {
        pointer: looser.pointer,
        detail:
          looser.from === 'limits'
            ? `other limits hold for ${shownRequest(request, fields)}, which still runs: ${looser.to}`
            : `changes from ${looser.from} to ${looser.to} for ${shownRequest(request, fields)}`,
      });
    }
  }
  // The policy's conditions hold for no request that has the fields, but it still held requests
  // that lack them.
  return never
    ? [...found.values(), { pointer: '/conditions', detail: 'requests that lack a field were held by it' }]
    : [...found.values()];
};

const keyOf = (
  { action }: Witness,
  { pointer, from, to }: NonNullable<ReturnType<typeof looserAt>>,
): string => `${pointer} ${from} ${to} ${action}`;

/** Returns how the limits of a policy loosen that stays active and does not deny. */
const limitsLoosened = (before: PolicyV1, after: PolicyV1): readonly Loosened[] => {
  const [had, has] = [before.max_affected_entities, after.max_affected_entities];
  const opens = ({ decision, confirm_above_entities: above }: PolicyV1): boolean =>
    decision === 'CONFIRM' || above !== null;
  const windows = opens(before) && opens(after);
  return [
    // Without a limit by policies, the tenant's limit applies, which may be lower or higher.
    ...(had === has || (had !== null && has !== null && has < had)
      ? []
      : [{ pointer: '/max_affected_entities', detail: `changes from ${had ?? 'none'} to ${has ?? 'none'}` }]),
    ...whereLowered('/min_confidence', before.min_confidence, after.min_confidence),
    ...whereRaised('/confirm_above_entities', before.confirm_above_entities, after.confirm_above_entities),
    ...(windows ? whereLowered('/confirmation_window_s', windowOf(before), windowOf(after)) : []),
    ...(windows && before.on_elapse === 'expire' && after.on_elapse === 'proceed'
      ? [{ pointer: '/on_elapse', detail: 'changes from expire to proceed' }]
      : []),
  ];
};

/**
 * Returns how a change of the fields that a policy reads loosens it. A denial that reads a further
 * field no longer denies requests that lack this field. A policy that does not deny, and no longer
 * reads a field, then decides requests that lack it.
 */
const fieldsLoosened = (before: PolicyV1, after: PolicyV1): readonly Loosened[] => {
  const fieldsOf = ({ conditions }: PolicyV1): readonly string[] => [
    ...new Set(conditions.map(({ field }) => field)),
  ];
  const [had, has] = [fieldsOf(before), fieldsOf(after)];
  return [
    ...(before.decision === 'DENY' ? has.filter((field) => !had.includes(field)) : []).map((field) => ({
      pointer: '/conditions',
      detail: `requests without \`${field}\` are no longer denied`,
    })),
    ...(after.decision === 'DENY' ? [] : had.filter((field) => !has.includes(field))).map((field) => ({
      pointer: '/conditions',
      detail: `requests without \`${field}\` change to ${after.decision}`,
    })),
  ];
};

/** Returns false if a change of the policy can only tighten, or changes nothing. */
export const policyMayLoosen = (stateBefore: PolicyState, stateAfter: PolicyState): boolean => {
  const [before, after] = [activeOf(stateBefore), activeOf(stateAfter)];
  if (before?.content_hash === after?.content_hash) return false;
  if (before === null && after?.decision === 'DENY') return false;
  return !(after === null && before?.decision === 'ALLOW' && !holdsBack(before));
};

/**
 * Decides exactly whether a change of a policy loosens: whether any request with all declared
 * fields is decided less strictly afterwards, by the policy alone or with the other layers.
 * Removing a denial always loosens. A comparison that takes too long counts as loosening.
 */
export const policyLoosens =
  (beside: BesidePolicy): Loosens<PolicyState> =>
  (stateBefore, stateAfter) => {
    // A bundle too large to compare must not delay what tightens.
    if (!policyMayLoosen(stateBefore, stateAfter)) return [];
    const [before, after] = [activeOf(stateBefore), activeOf(stateAfter)];
    const both =
      before === null || after === null
        ? []
        : [
            ...(before.decision === 'DENY' || after.decision === 'DENY' ? [] : limitsLoosened(before, after)),
            ...fieldsLoosened(before, after),
          ];
    try {
      const found = beside.bundles.flatMap((rules) => looserRequests(before, after, beside, rules));
      const kinds = new Map([...both, ...found].map((one) => [`${one.pointer} ${one.detail}`, one]));
      return [...kinds.values()].slice(0, mostExamples);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      return [...both, { pointer: '', detail: 'the change is too large to be compared' }];
    }
  };
