import type { Loosened } from '@interlock/contracts';
import type { DomainEvent, Recorded, RecordedEvent } from '@interlock/kernel';
import type { StreamOf } from '../stream-replay.js';
import { settingOf, type AnySetting, type BesideOf, type LoosensIfKnown } from './settings.js';

/** An event of a setting, between the states before and after it. */
export type SettingStep = {
  readonly setting: AnySetting;
  /** The state before the event; null if the file does not contain it. */
  readonly before: { readonly state: unknown } | null;
  readonly after: { readonly state: unknown } | null;
  readonly loosens: LoosensIfKnown<unknown>;
  /** Null if the file lacks the data with which the states must be compared. */
  readonly loosened: readonly Loosened[] | null;
};

/** The state of every setting so far; null if its first events are not in the file. */
export class SettingStates {
  readonly #states = new Map<string, { readonly state: unknown } | null>();

  /** Takes an event. Returns null if its stream contains no setting. */
  take(event: RecordedEvent, of: StreamOf, beside: BesideOf): SettingStep | null {
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
    const loosens = setting.loosens(of, beside);
    const loosened = before === null || after === null ? [] : loosens(before.state, after.state);
    return { setting, before, after, loosens, loosened };
  }
}
