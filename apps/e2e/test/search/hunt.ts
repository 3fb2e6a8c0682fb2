import { explore, type Explored } from './explore.js';
import { mutated, type Mutant } from './mutants.js';
import { railsSpace } from './rails-space.js';
import type { CountedSetting } from './settings.js';
import { firstFailure } from './spec-runner.js';
import { subjectOf, type Subject } from './subject.js';
import { askFor, streamsOf, type Streams } from './world.js';

/** How a fault was found: the space or spec, and its message. */
export type Catch = { readonly by: 'search' | 'spec'; readonly where: string; readonly rule: string };
/** The result of the hunt for a fault. `shows`: the fault changes some decision in the spaces. */
export type Hunted = { readonly mutant: Mutant; readonly caught: Catch | null; readonly shows: boolean };

/**
 * Functions outside the deciders, whose answers are not kept. For a fault in one of them every
 * space is searched.
 */
const helpers = /^\S+ (?:answerOf|leaseOf|isEngagedAfter|killSwitchEpoch|lostLease|keysIn)\b/;

/** Spaces that were searched with the production deciders, with all their questions. */
export class Grounds {
  readonly #settings: readonly CountedSetting[];
  readonly #streams: Streams;
  readonly #subject: Subject;

  constructor(settings: readonly CountedSetting[]) {
    if (settings.length > 30) throw new RangeError('each space needs a bit of its own');
    this.#settings = settings;
    this.#subject = subjectOf();
    this.#streams = streamsOf(this.#subject);
  }

  /** Searches one of the spaces. */
  search(index: number, atMost: number): Explored {
    const setting = this.#settings[index];
    if (setting === undefined) throw new RangeError(`there is no space ${index}`);
    askFor(this.#streams, index);
    return explore(railsSpace(setting, this.#subject, this.#streams), atMost);
  }

  /**
   * Hunts a fault in the spaces with changed answers, then in the specs. Every space must have been
   * searched before.
   */
  async hunt(mutant: Mutant, specs: readonly string[], atMost: number): Promise<Hunted> {
    const subject = loaded(mutant);
    if ('fault' in subject)
      return { mutant, shows: true, caught: { by: 'search', where: 'loading', rule: subject.fault } };
    const streams = streamsOf(subject);
    const searched = new Set<number>();
    const differing = helpers.test(mutant.name) ? [-1].values() : this.#differsIn(mutant.file, subject);
    const search = (enough: number): Catch | null => {
      // INVARIANT: the differences are taken one by one, because leaving a loop over them would end
      // the iterator.
      for (let next = differing.next(); next.done !== true; next = differing.next()) {
        for (const [index, setting] of this.#settings.entries()) {
          if ((next.value & (1 << index)) === 0 || searched.has(index)) continue;
          searched.add(index);
          const rule = ruleBroken(setting, subject, streams, atMost);
          if (rule !== null) return { by: 'search', where: setting.name, rule };
        }
        if (searched.size >= enough) return null;
      }
      return null;
    };
    // If the first spaces do not find the fault, the specs may, and they are cheaper than the other
    // spaces.
    const early = search(2);
    if (early !== null) return { mutant, shows: true, caught: early };
    const failed = await firstFailure(specs, mutated(mutant));
    if (failed !== null)
      return {
        mutant,
        shows: searched.size > 0,
        caught: { by: 'spec', where: failed.split(': ')[0] ?? '', rule: failed },
      };
    const late = search(this.#settings.length);
    return { mutant, shows: searched.size > 0, caught: late };
  }

  /** Asks only the questions that the file can affect. */
  *#differsIn(file: string, subject: Subject): Generator<number> {
    const { action, effects, budget, lease, stop } = this.#streams;
    if (file.startsWith('libs/autonomy/')) yield* budget.differsIn(subject.budgetDayDecider);
    else if (file.endsWith('/lease.ts')) yield* lease.differsIn(subject.leaseDecider);
    else if (file.endsWith('/src/kill-switch.ts')) yield* stop.differsIn(subject.killSwitchDecider);
    else if (file.startsWith('libs/rails/') && !file.includes('/plan/')) {
      if (/next-effect|action-ends|action-walk/.test(file)) yield* effects.differsIn(subject.nextEffect);
      yield* action.differsIn(subject.actionDecider);
    }
  }
}

const loaded = (mutant: Mutant): Subject | { readonly fault: string } => {
  try {
    return subjectOf(mutated(mutant));
  } catch (error) {
    return { fault: String(error) };
  }
};

const ruleBroken = (
  setting: CountedSetting,
  subject: Subject,
  streams: Streams,
  atMost: number,
): string | null => {
  try {
    const { violation, whole, ends } = explore(railsSpace(setting, subject, streams), atMost);
    if (violation !== null) return violation.rule;
    return whole && ends.join() !== setting.ends.join() ? `other ends are reached: ${ends.join(', ')}` : null;
  } catch (error) {
    return `the search threw: ${String(error)}`;
  }
};
