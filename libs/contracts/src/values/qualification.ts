/**
 * The proven safety of changes on a device, the least safe level first.
 * `none`: not even the inverse edit restored it.
 * `inverse-edit`: the gateway alone can undo a change.
 * `confirmed-commit-unlocked`: the device undoes a change by itself unless a lock is held.
 * `confirmed-commit`: the device does so even if locks are held.
 */
export const earnedLevels = [
  'none',
  'inverse-edit',
  'confirmed-commit-unlocked',
  'confirmed-commit',
] as const;
export type EarnedLevel = (typeof earnedLevels)[number];

/** Returns a level as a number from 0 to 3, for policies that require a minimum. */
export const levelNumber = (level: EarnedLevel): number => earnedLevels.indexOf(level);

/**
 * The ways in which a change ends. `close`, `cut`, `kill`: its session is closed, loses its
 * connection, or is ended by another session. `other_session`: another session cancels the change.
 * `edit_back`: the change is committed at once, and the inverse edit undoes it. `commit_id`: it is
 * committed at once, and a rollback to the commit before it undoes it.
 */
export const endingWays = [
  'confirm',
  'cancel',
  'timeout',
  'close',
  'cut',
  'kill',
  'other_session',
  'edit_back',
  'commit_id',
] as const;
export type EndingWay = (typeof endingWays)[number];

/** The locks that the change's session holds when the change ends. */
export const heldLocks = ['none', 'candidate', 'running', 'both'] as const;
export type HeldLocks = (typeof heldLocks)[number];

/** One cell of the matrix. `not_offered`: the device lacks a capability that the way needs. */
export type QualificationCell = {
  readonly way: EndingWay;
  readonly locks: HeldLocks;
  readonly result: 'pass' | 'fail' | 'not_offered';
  /** The reason for a failure. Null if it did not fail. */
  readonly why: string | null;
};

/**
 * The validity of the device's qualification. `stale`: the device has changed since. `missing`: it
 * was never qualified.
 */
export const qualificationStates = ['missing', 'running', 'current', 'stale'] as const;
export type QualificationState = (typeof qualificationStates)[number];
