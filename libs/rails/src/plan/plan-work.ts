import { isHalted, type NodeState, type PlanState } from './plan-state.js';

/**
 * The runner's work for a plan: the dry run of a node, its execution, a stop, or an undo. `how`
 * says how a stop reaches an action in flight: not at all, as by a person's cancel, or as by the
 * kill switch. An action that was not submitted yet never is.
 */
export type PlanWork =
  | { readonly kind: 'preview' | 'run'; readonly node: NodeState }
  | { readonly kind: 'stop'; readonly node: NodeState; readonly how: 'wait' | 'cancel' | 'kill_switch' }
  | { readonly kind: 'take_back'; readonly node: NodeState; readonly killed: boolean };

/**
 * Returns the work, from the state alone. So it is the same for every caller, and after a crash.
 */
export const planWork = (state: PlanState): readonly PlanWork[] => {
  if (state.status === 'PREVIEWING')
    return state.nodes.flatMap((node) => (node.preview === null ? [{ kind: 'preview', node } as const] : []));
  if (state.status === 'RUNNING')
    return state.nodes.flatMap((node) =>
      node.progress.phase === 'requested' ? [{ kind: 'run', node } as const] : [],
    );
  if (!isHalted(state)) return [];
  const { cause, take_back } = state.halt;
  const how = cause === 'kill_switch' ? 'kill_switch' : cause === 'cancel' || take_back ? 'cancel' : 'wait';
  return state.nodes.flatMap((node): readonly PlanWork[] => [
    ...(node.progress.phase === 'requested' ? [{ kind: 'stop', node, how } as const] : []),
    ...(node.taking_back.phase === 'requested'
      ? [{ kind: 'take_back', node, killed: cause === 'kill_switch' } as const]
      : []),
  ]);
};
