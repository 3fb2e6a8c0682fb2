import { liveTopics, type LiveNote, type LiveTopic } from '@interlock/contracts';

/** For each topic, the first parts of the query keys that its events make stale. */
const keysOf: { readonly [T in LiveTopic]: readonly string[] } = {
  actions: ['action', 'status', 'inbox'],
  plans: ['plans', 'inbox'],
  stops: ['status', 'inbox'],
  alerts: ['alerts', 'incidents', 'alert', 'incident', 'reach'],
  posture: ['posture', 'inbox'],
  policies: ['policies', 'bundles', 'inbox'],
  autonomy: ['autonomy', 'inbox'],
  devices: ['devices', 'topology'],
};

const isTopic = (text: string): text is LiveTopic => Object.hasOwn(liveTopics, text);

/**
 * Returns the query keys that a note makes stale: all lists of its topic, and the one item that it
 * names. Lists of actions are patched instead (`patchActions`).
 */
export const staleKeys = (note: Pick<LiveNote, 'topic' | 'id'>): readonly (readonly string[])[] =>
  isTopic(note.topic)
    ? keysOf[note.topic].map((key) =>
        ['action', 'alert', 'incident'].includes(key) ? [key, note.id] : [key],
      )
    : [];

/**
 * Returns the delay before a reconnect: it doubles from 1 s to at most 15 s. The random part
 * spreads the reconnects of many browsers.
 */
export const reconnectMs = (attempt: number, random: number): number =>
  Math.min(15_000, 1000 * 2 ** Math.min(attempt, 4)) * (0.5 + random / 2);
