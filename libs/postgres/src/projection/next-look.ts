import { comparePositions, type Position } from '@interlock/kernel';

/** What a look at the stored checkpoint sees. */
export type Seen = {
  /** Where the stored checkpoint is; null before the first event. */
  readonly stored: Position | null;
  /** Where this instance believed it to be, before it was read. */
  readonly believed: Position | null;
  /** The checkpoint's table is not the one that was followed: the read model was rebuilt. */
  readonly isOtherTable: boolean;
  /** The position of what it stands still at: null where no event is to blame; left out where it follows. */
  readonly standsAt?: Position | null;
};
/** What comes of it: to follow anew from what is stored, to go on standing still, or to go on following. */
export type NextLook =
  | { readonly kind: 'start_over'; readonly why: string }
  | { readonly kind: 'stand_still' }
  | { readonly kind: 'follow' };

const reaches = (position: Position | null, other: Position): boolean =>
  position !== null && comparePositions(position, other) >= 0;

/** From what is seen alone to what is done next. */
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
