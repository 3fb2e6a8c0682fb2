import type { ActionRow } from '../api/types.js';
import type { Plan } from './words.js';

export type Way = 'ran' | 'failed' | 'back' | 'now';
/** A bar: the action of a node, or the rollback of a node, from its receipt to its end. */
export type Bar = { readonly node: string; readonly from: number; readonly to: number; readonly way: Way };

/** Returns the bars of a plan in the order of its nodes. Pure. */
export const barsOf = (
  { nodes }: Pick<Plan, 'nodes'>,
  rows: readonly Pick<ActionRow, 'action_id' | 'accepted_at' | 'ended_at' | 'state'>[],
  now: number,
): readonly Bar[] =>
  nodes.flatMap((node) =>
    ([node.action_id, node.compensation_action_id] as const).flatMap((id, i): Bar[] => {
      const row = rows.find(({ action_id: one }) => one === id);
      if (row === undefined || row.accepted_at === null) return [];
      const way: Way =
        row.ended_at === null ? 'now' : i === 1 ? 'back' : row.state === 'COMPLETED' ? 'ran' : 'failed';
      return [
        {
          node: node.node_id,
          from: Date.parse(row.accepted_at),
          to: row.ended_at === null ? now : Date.parse(row.ended_at),
          way,
        },
      ];
    }),
  );
