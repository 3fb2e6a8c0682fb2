import { useRef, type ReactElement, type ReactNode } from 'react';
import type { ActionRow } from '../api/queries.js';
import { More } from './tables/More.js';
import { useHeld } from './useHeld.js';

type SteadyListProps = {
  readonly now: readonly ActionRow[];
  readonly children: (shown: readonly ActionRow[]) => ReactNode;
};
/**
 * A card of actions whose rows never move under the pointer or the focus. New rows are counted in
 * the card's head.
 */
export const SteadyList = ({ now, children }: SteadyListProps): ReactElement => {
  const list = useRef<HTMLDivElement>(null);
  const held = useHeld(now, ({ action_id: id }) => id, list);
  return (
    <div ref={list}>
      <More held={held} />
      {children(held.shown)}
    </div>
  );
};
