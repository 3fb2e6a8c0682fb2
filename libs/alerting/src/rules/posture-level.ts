import type { PostureLevel } from '@interlock/contracts';
import type { RecordedEvent } from '@interlock/kernel';

/** The parts of `PostureChanged` that rules read. */
export type LevelData = {
  readonly policy: PostureLevel;
  readonly effective: PostureLevel;
  readonly previous: { readonly policy: PostureLevel; readonly effective: PostureLevel } | null;
  readonly red_triggers?: readonly string[];
};
export const levelData = (event: RecordedEvent): LevelData => event.data as LevelData;
/** True for the change that makes the computed level RED. */
export const turnsRed = ({ policy, previous }: LevelData): boolean =>
  policy === 'RED' && previous?.policy !== 'RED';
/** The event that holds a posture's level. */
export const levelEvents = { posture: ['PostureChanged'] } as const;
