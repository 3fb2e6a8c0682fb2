import { liveTopics, type LiveNote, type LiveTopic } from '@interlock/contracts';

/** The first parts of the query keys that a topic's events make old. */
const keysOf: { readonly [T in LiveTopic]: readonly string[] } = {
  actions: ['action', 'status', 'inbox'],
  plans: ['plans', 'inbox'],
  stops: ['status', 'inbox'],
  alerts: ['alerts', 'incidents', 'alert', 'incident', 'reach'],
  posture: ['posture', 'inbox'],
  policies: ['policies', 'bundles', 'inbox'],
  autonomy: ['autonomy', 'inbox'],
  devices: ['devices'],
};

const isTopic = (text: string): text is LiveTopic => Object.hasOwn(liveTopics, text);

/**
 * The query keys that a note makes old: lists of its topic, and of single things only the one that
 * it is about. Lists of actions are patched (`patchActions`).
 */
export const staleKeys = (note: Pick<LiveNote, 'topic' | 'id'>): readonly (readonly string[])[] =>
  isTopic(note.topic)
    ? keysOf[note.topic].map((key) =>
        ['action', 'alert', 'incident'].includes(key) ? [key, note.id] : [key],
      )
    : [];

/**
 * 1 to 15 s, twice as long each time, with a random part: many browsers do not come back at once.
 */
export const reconnectMs = (attempt: number, random: number): number =>
  Math.min(15_000, 1000 * 2 ** Math.min(attempt, 4)) * (0.5 + random / 2);
