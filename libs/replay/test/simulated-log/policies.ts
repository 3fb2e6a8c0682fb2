import type { ActionTypeV1, Actor } from '@interlock/contracts';
import {
  actionTypeDecider,
  fieldCatalogue,
  policyDecider,
  policyLoosens,
  type ActionTypeState,
  type BundleContent,
  type PolicyCommand,
  type PolicyState,
  type PolicyV1,
  type RolloutState,
  type RuleV1,
} from '@interlock/policy';
import { actionTypeLoosens, builtInActionTypes } from '@interlock/rails';
import { writeSetting } from './changes.ts';
import { person, tenant, type Journal } from './journal.ts';

const statesOf = <S>(log: Journal, category: string): readonly S[] =>
  [...log.streams]
    .filter(([stream]) => stream.startsWith(`${category}-${tenant}:`))
    .map(([, { state }]) => state as S);

const typeOf = ({ entry, retired }: ActionTypeState): ActionTypeV1 | null => (retired ? null : entry);

/** The present version of every policy of the tenant. */
const policiesOf = (log: Journal): readonly PolicyV1[] =>
  statesOf<PolicyState>(log, 'policy').flatMap(({ versions }) => versions.slice(-1));

/** The rules of every bundle that decides for the tenant or for a team; an empty list for none. */
const bundlesOf = (log: Journal): readonly (readonly RuleV1[])[] => {
  const rollouts = statesOf<RolloutState>(log, 'rollout');
  const deciding = rollouts.flatMap(({ active, canary }) => [active, canary]);
  const rules = deciding.flatMap((one) => {
    const bundle = one === null ? undefined : log.streams.get(`bundle-${tenant}:${one.bundle_id}`)?.state;
    return bundle === undefined ? [] : [(bundle as { readonly content: BundleContent }).content.rules];
  });
  const ofTenant = log.streams.get(`rollout-${tenant}:all`)?.state as RolloutState | undefined;
  return (ofTenant?.active ?? null) === null ? [[], ...rules] : rules;
};

/** Writes a policy as its service does, beside the tenant's others, its bundles and its types. */
export const writePolicy = (
  log: Journal,
  policyId: string,
  command: PolicyCommand,
  by: Actor,
  approver: Actor = person('ben'),
): void => {
  const own = statesOf<ActionTypeState>(log, 'action_type').map(typeOf);
  const loosens = policyLoosens({
    policies: policiesOf(log).filter(({ policy_id: id }) => id !== policyId),
    bundles: bundlesOf(log),
    catalogue: fieldCatalogue([...builtInActionTypes, ...own.filter((type) => type !== null)]),
  });
  const setting = { stream: `policy-${tenant}:${policyId}`, decider: policyDecider, loosens };
  writeSetting(log, setting, command, by, approver);
};

/** Registers an action type of the tenant; returns its edition. */
export const define = (log: Journal, content: Omit<ActionTypeV1, 'version'>): ActionTypeV1 => {
  const setting = {
    stream: `action_type-${tenant}:${content.action_type}`,
    decider: actionTypeDecider,
    loosens: (before: ActionTypeState, after: ActionTypeState) =>
      actionTypeLoosens(typeOf(before), typeOf(after)),
  };
  writeSetting(log, setting, { kind: 'DefineActionType', content }, person('anna'), person('otto'));
  return (log.state(setting.stream, actionTypeDecider as never) as unknown as ActionTypeState).entry!;
};
