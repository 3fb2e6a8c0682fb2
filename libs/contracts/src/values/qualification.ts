/**
 * How safe a change on a device has been shown to be, the least safe level first.
 * `none`: not even the inverse edit restored it. `inverse-edit`: the gateway alone takes a change
 * back. `confirmed-commit-unlocked`: the device takes a change back by itself as long as no lock
 * is held. `confirmed-commit`: it does so whatever is locked.
 */
export const earnedLevels = [
  'none',
  'inverse-edit',
  'confirmed-commit-unlocked',
  'confirmed-commit',
] as const;
export type EarnedLevel = (typeof earnedLevels)[number];

/** A level as a number, 0 to 3, for policies that demand at least one. */
export const levelNumber = (level: EarnedLevel): number => earnedLevels.indexOf(level);

/**
 * The ways in which a change ends. `close`, `cut` and `kill`: its session is closed, loses its
 * connection, or is ended by another one. `other_session`: another session cancels it.
 * `edit_back`: it is committed plainly, and the inverse edit takes it back.
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
] as const;
export type EndingWay = (typeof endingWays)[number];

/** The locks that the session of the change holds while it ends. */
export const heldLocks = ['none', 'candidate', 'running', 'both'] as const;
export type HeldLocks = (typeof heldLocks)[number];

/** One cell of the matrix. `not_offered`: the device does not have what the way needs. */
export type QualificationCell = {
  readonly way: EndingWay;
  readonly locks: HeldLocks;
  readonly result: 'pass' | 'fail' | 'not_offered';
  /** Why it failed; null otherwise. */
  readonly why: string | null;
};

/**
 * Whether the device's qualification is valid. `stale`: the device has changed since.
 * `missing`: it was never qualified.
 */
export const qualificationStates = ['missing', 'running', 'current', 'stale'] as const;
export type QualificationState = (typeof qualificationStates)[number];
