import { explore } from './explore.js';
import { mutated, type Mutant } from './mutants.js';
import { railsSpace } from './rails-space.js';
import type { Setting } from './setting.js';
import { subjectOf } from './subject.js';

/** How a mutant was found; null where it survived. */
export type Catch = { readonly by: string; readonly rule: string; readonly steps: number };

/** Searches the spaces with the fault in place, until one of them shows it. */
export const searched = (mutant: Mutant, settings: readonly Setting[], atMost: number): Catch | null => {
  for (const setting of settings) {
    try {
      const { violation } = explore(railsSpace(setting, subjectOf(mutated(mutant))), atMost);
      if (violation !== null)
        return { by: setting.name, rule: violation.rule, steps: violation.trace.length };
    } catch (error) {
      return { by: setting.name, rule: String(error), steps: 0 };
    }
  }
  return null;
};
