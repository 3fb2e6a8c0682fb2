import type { ActionTypeV1 } from '@interlock/contracts';
import { contentHash, ProblemError, type Decider } from '@interlock/kernel';

export type ActionTypeRegistered = {
  readonly type: 'ActionTypeRegistered';
  readonly data: { readonly action_type: ActionTypeV1; readonly content_hash: string };
};
/**
 * New actions of the type are refused. Accepted ones keep the version under which they were
 * accepted.
 */
type ActionTypeRetired = {
  readonly type: 'ActionTypeRetired';
  readonly data: { readonly action_type: string; readonly version: number };
};
export type ActionTypeEvent = ActionTypeRegistered | ActionTypeRetired;
export type ActionTypeState = {
  /** The latest version; null before the first. */
  readonly entry: ActionTypeV1 | null;
  readonly content_hash: string | null;
  readonly retired: boolean;
};
export type ActionTypeCommand =
  /** Registers a built-in action type, or a new edition of it. */
  | { readonly kind: 'RegisterActionType'; readonly entry: ActionTypeV1 }
  /** Registers the next version of a tenant's action type. */
  | { readonly kind: 'DefineActionType'; readonly content: Omit<ActionTypeV1, 'version'> }
  | { readonly kind: 'RetireActionType' };

const define = (
  content: Omit<ActionTypeV1, 'version'>,
  version: number | null,
  state: ActionTypeState,
): readonly ActionTypeEvent[] => {
  if (state.entry !== null && state.entry.action_type !== content.action_type)
    throw new ProblemError('wrong-state', `the stream is that of \`${state.entry.action_type}\``);
  const hash = contentHash(content);
  if (hash === state.content_hash && !state.retired) return [];
  const entry = version === null ? content : { ...content, version };
  return [{ type: 'ActionTypeRegistered', data: { action_type: entry, content_hash: hash } }];
};

/**
 * The decider of a catalogue entry: stream `action_type-<tenant>:<name>`; the built-in ones belong
 * to `_system`. Registering the same content again writes nothing.
 */
export const actionTypeDecider: Decider<ActionTypeCommand, ActionTypeEvent, ActionTypeState> = {
  name: 'action_type',
  types: ['ActionTypeRegistered', 'ActionTypeRetired'],
  initial: { entry: null, content_hash: null, retired: false },
  decide: (command, state) => {
    switch (command.kind) {
      case 'RegisterActionType':
        return define(command.entry, null, state);
      case 'DefineActionType':
        return define(command.content, (state.entry?.version ?? 0) + 1, state);
      case 'RetireActionType': {
        const version = state.entry?.version;
        if (version === undefined || state.entry === null)
          throw new ProblemError('not-found', 'the tenant has registered no such action type');
        return state.retired
          ? []
          : [{ type: 'ActionTypeRetired', data: { action_type: state.entry.action_type, version } }];
      }
    }
  },
  evolve: (state, { type, data }) =>
    type === 'ActionTypeRetired'
      ? { ...state, retired: true }
      : { entry: data.action_type, content_hash: data.content_hash, retired: false },
};
