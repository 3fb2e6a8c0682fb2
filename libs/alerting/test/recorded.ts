import { testMetadata, type RecordedEvent } from '@interlock/kernel';
import { defaultFigures, ruleOf, type Condition } from '../src/index.js';

const start = Date.parse('2026-11-20T00:00:00.000Z');
/** A time so many hours into the tests' day. */
export const hours = (h: number): string => new Date(start + h * 3_600_000).toISOString();

/** Events as the log would have them, one position after the other. */
export class Log {
  #at = 0;

  event(type: string, stream: string, data: object = {}, at = hours(0)): RecordedEvent {
    this.#at += 1;
    const position = BigInt(this.#at);
    return {
      id: `e-${this.#at}`,
      type,
      stream,
      data,
      metadata: { ...testMetadata(), occurred_at: at },
      revision: position,
      position: { commit: position, prepare: position },
      created: at,
    };
  }

  /** A change of the level. */
  level(from: string | null, to: string, at: string, tenant = 'demo'): RecordedEvent {
    const previous = from === null ? null : { policy: from, effective: from };
    return this.event(
      'PostureChanged',
      `posture-${tenant}:level`,
      { policy: to, effective: to, previous },
      at,
    );
  }
}

/** What a rule finds at a time, after these events. */
export const judged = (name: string, events: readonly RecordedEvent[], now: string): readonly Condition[] => {
  const rule = ruleOf(name)!;
  const state = events.reduce((before, event) => rule.fold(before, event), rule.initial);
  return rule.judge(state, now, defaultFigures);
};
