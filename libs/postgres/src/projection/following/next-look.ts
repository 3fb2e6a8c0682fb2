import { comparePositions, type Position } from '@interlock/kernel';

/** The findings of a check of the stored checkpoint. */
export type Seen = {
  /** The position of the stored checkpoint; null before the first event. */
  readonly stored: Position | null;
  /** The believed position, before it was read. */
  readonly believed: Position | null;
  /** The checkpoint's table has changed: the read model was rebuilt. */
  readonly isOtherTable: boolean;
  /**
   * The position of the event that stops it: null if no event is the cause; absent if it follows.
   */
  readonly standsAt?: Position | null;
};
/**
 * The decision: to follow anew from the stored checkpoint, to stay stopped, or to continue
 * following.
 */
export type NextLook =
  | { readonly kind: 'start_over'; readonly why: string }
  | { readonly kind: 'stand_still' }
  | { readonly kind: 'follow' };

const reaches = (position: Position | null, other: Position): boolean =>
  position !== null && comparePositions(position, other) >= 0;

/** Decides the next step from the findings alone. */
export const nextLook = ({ stored, believed, isOtherTable, standsAt }: Seen): NextLook => {
  if (standsAt !== undefined)
    return isOtherTable || (standsAt !== null && reaches(stored, standsAt))
      ? {
          kind: 'start_over',
          why: 'projection follows again: it was rebuilt, or another instance has passed what it stood still at',
        }
      : { kind: 'stand_still' };
  return believed !== null && !reaches(stored, believed)
    ? { kind: 'start_over', why: 'projection starts over: its checkpoint went back' }
    : { kind: 'follow' };
};
