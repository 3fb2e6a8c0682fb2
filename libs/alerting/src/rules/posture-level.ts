import type { PostureLevel } from '@interlock/contracts';
import type { RecordedEvent } from '@interlock/kernel';

/** What rules read of `PostureChanged`. */
export type LevelData = {
  readonly policy: PostureLevel;
  readonly effective: PostureLevel;
  readonly previous: { readonly policy: PostureLevel; readonly effective: PostureLevel } | null;
  readonly red_triggers?: readonly string[];
};
export const levelData = (event: RecordedEvent): LevelData => event.data as LevelData;
/** True for the change that makes the level RED, as the seed computes it. */
export const turnsRed = ({ policy, previous }: LevelData): boolean =>
  policy === 'RED' && previous?.policy !== 'RED';
/** The event in which a posture's level stands. */
export const levelEvents = { posture: ['PostureChanged'] } as const;
