import { useRef, type ReactElement, type ReactNode } from 'react';
import type { ActionRow } from '../api/queries.js';
import { More } from './More.js';
import { useHeld } from './useHeld.js';

/**
 * The actions of a card, that never move under the pointer or the focus; what is new is counted in
 * the card's head.
 */
export const Steady = ({
  now,
  children,
}: {
  readonly now: readonly ActionRow[];
  readonly children: (shown: readonly ActionRow[]) => ReactNode;
}): ReactElement => {
  const list = useRef<HTMLDivElement>(null);
  const held = useHeld(now, ({ action_id: id }) => id, list);
  return (
    <div ref={list}>
      <More held={held} />
      {children(held.shown)}
    </div>
  );
};
