import type { Loosened } from '@interlock/contracts';
import type { DomainEvent, Recorded, RecordedEvent } from '@interlock/kernel';
import type { StreamOf } from '../stream-replay.js';
import { settingOf, type AnySetting } from './settings.js';

/** An event of a setting, between the states before and after it. */
export type SettingStep = {
  readonly setting: AnySetting;
  /** null: what was there before is not in the file. */
  readonly before: { readonly state: unknown } | null;
  readonly after: { readonly state: unknown } | null;
  readonly loosened: readonly Loosened[];
};

/** The state of every setting so far; null where its beginning is not in the file. */
export class SettingStates {
  readonly #states = new Map<string, { readonly state: unknown } | null>();

  /** Takes an event; null if its stream holds no setting. */
  take(event: RecordedEvent, of: StreamOf): SettingStep | null {
    const setting = settingOf(of);
    if (setting === undefined) return null;
    const { decider, whole } = setting.decided;
    const own = event as unknown as Recorded<DomainEvent>;
    const known = this.#states.get(event.stream);
    const before = known ?? (event.revision === 0n ? { state: decider.initial } : null);
    const after =
      before !== null || whole?.(own) === true
        ? { state: decider.evolve(before === null ? decider.initial : before.state, own) }
        : null;
    this.#states.set(event.stream, after);
    return {
      setting,
      before,
      after,
      loosened: before === null || after === null ? [] : setting.loosens(of)(before.state, after.state),
    };
  }
}
