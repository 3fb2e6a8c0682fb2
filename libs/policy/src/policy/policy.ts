import { policyContentFields } from '@interlock/contracts';
import { ProblemError, type Decider, type Recorded } from '@interlock/kernel';
import { changedFields, type FieldChange } from '../analysis/bundle-diff.js';
import {
  policyContentOf,
  policyHash,
  type PolicyChange,
  type PolicyContent,
  type PolicyStatus,
  type PolicyV1,
} from './content.js';

/** Each event contains the whole policy as of that version. */
type PolicyCreated = { readonly type: 'PolicyCreated'; readonly data: { readonly policy: PolicyV1 } };
/** `changed` names the fields, including a status that changed with the content. */
type PolicyVersioned = {
  readonly type: 'PolicyVersioned';
  readonly data: {
    readonly policy: PolicyV1;
    readonly changed: readonly string[];
    readonly restored_version: number | null;
  };
};
/** Only the status changed. */
type PolicyStatusChanged = {
  readonly type: 'PolicyStatusChanged';
  readonly data: { readonly policy: PolicyV1; readonly from: PolicyStatus };
};
export type PolicyEvent = PolicyCreated | PolicyVersioned | PolicyStatusChanged;

/** Every version, oldest first; empty before the policy exists. */
export type PolicyState = { readonly versions: readonly PolicyV1[] };

/** Content must have passed `checkPolicy` or `checkPolicyChange`. */
export type PolicyCommand =
  | {
      readonly kind: 'CreatePolicy';
      readonly policy_id: string;
      readonly content: PolicyContent;
      readonly status: PolicyStatus;
    }
  | { readonly kind: 'ChangePolicy'; readonly change: PolicyChange };

/** Returns the differences between two versions, field by field, including the status. */
export const comparePolicies = (from: PolicyV1, to: PolicyV1): readonly FieldChange[] =>
  changedFields(
    { ...policyContentOf(from), status: from.status },
    { ...policyContentOf(to), status: to.status },
  );

/** Returns the present version. Throws `not-found` if there is none yet. */
export const presentPolicy = (state: PolicyState): PolicyV1 => {
  const policy = state.versions.at(-1);
  if (policy === undefined) throw new ProblemError('not-found', 'there is no such policy');
  return policy;
};

/**
 * Returns the policy's content after a change. Throws `not-found` if the version to restore does
 * not exist.
 */
export const changedContent = (state: PolicyState, change: PolicyChange): PolicyContent => {
  const present = presentPolicy(state);
  const { restore_version: restore } = change;
  const base = restore === undefined ? present : state.versions.find(({ version }) => version === restore);
  if (base === undefined)
    throw new ProblemError('not-found', `policy \`${present.policy_id}\` has no version \`${restore}\``);
  return policyContentOf({ ...base, ...change });
};

const change = (
  command: Extract<PolicyCommand, { kind: 'ChangePolicy' }>,
  state: PolicyState,
): readonly PolicyEvent[] => {
  const present = presentPolicy(state);
  const status = command.change.status ?? present.status;
  const content = changedContent(state, command.change);
  const hash = policyHash(present.policy_id, content);
  const policy: PolicyV1 = {
    policy_id: present.policy_id,
    version: present.version + 1,
    status,
    ...content,
    content_hash: hash,
  };
  if (hash === present.content_hash && status === present.status) return [];
  if (present.status === 'retired')
    throw new ProblemError('wrong-state', `policy \`${present.policy_id}\` is retired`);
  if (hash === present.content_hash)
    return [{ type: 'PolicyStatusChanged', data: { policy, from: present.status } }];
  const changed = [
    ...policyContentFields.filter(
      (field) => JSON.stringify(content[field]) !== JSON.stringify(present[field]),
    ),
    ...(status === present.status ? [] : ['status']),
  ];
  return [
    {
      type: 'PolicyVersioned',
      data: { policy, changed, restored_version: command.change.restore_version ?? null },
    },
  ];
};

/**
 * The decider of a guardrail policy: stream `policy-<tenant>:<policy_id>`. Every change makes a
 * version; `retired` is final.
 */
export const policyDecider: Decider<PolicyCommand, PolicyEvent, PolicyState> = {
  name: 'policy',
  types: ['PolicyCreated', 'PolicyVersioned', 'PolicyStatusChanged'],
  initial: { versions: [] },
  decide: (command, state) => {
    if (command.kind === 'ChangePolicy') return change(command, state);
    const { policy_id, content, status } = command;
    const present = state.versions.at(-1);
    if (present?.content_hash === policyHash(policy_id, content) && present.status === status) return [];
    if (present !== undefined) throw new ProblemError('already-exists', `policy \`${policy_id}\` exists`);
    return [
      {
        type: 'PolicyCreated',
        data: {
          policy: {
            policy_id,
            version: 1,
            status,
            ...policyContentOf(content),
            content_hash: policyHash(policy_id, content),
          },
        },
      },
    ];
  },
  evolve: (state, event: Recorded<PolicyEvent>) => ({ versions: [...state.versions, event.data.policy] }),
};
