import type { ActionTypeV1 } from '@interlock/contracts';
import { contentHash, ProblemError, type Decider } from '@interlock/kernel';

export type ActionTypeRegistered = {
  readonly type: 'ActionTypeRegistered';
  readonly data: { readonly action_type: ActionTypeV1; readonly content_hash: string };
};
export type ActionTypeState = { readonly entry: ActionTypeV1 | null; readonly content_hash: string | null };
/** Registers an action type, or a new edition of it. */
export type ActionTypeCommand = { readonly type: 'RegisterActionType'; readonly entry: ActionTypeV1 };

/** A catalogue entry: stream `action_type-<tenant>:<name>`; the built-in ones belong to `_system`. The same content again writes nothing. */
export const actionTypeDecider: Decider<ActionTypeCommand, ActionTypeRegistered, ActionTypeState> = {
  name: 'action_type',
  types: ['ActionTypeRegistered'],
  initial: { entry: null, content_hash: null },
  decide: ({ entry }, state) => {
    if (state.entry !== null && state.entry.action_type !== entry.action_type)
      throw new ProblemError('wrong-state', `the stream is that of \`${state.entry.action_type}\``);
    const hash = contentHash(entry);
    return hash === state.content_hash
      ? []
      : [{ type: 'ActionTypeRegistered', data: { action_type: entry, content_hash: hash } }];
  },
  evolve: (_, { data }) => ({ entry: data.action_type, content_hash: data.content_hash }),
};
