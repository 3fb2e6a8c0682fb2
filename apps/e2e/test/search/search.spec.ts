import { describe, expect, it } from '@jest/globals';
import { explore } from './explore.js';
import { railsSpace } from './rails-space.js';
import { longSettings, settings } from './settings.js';
import { subjectOf } from './subject.js';

/** More states than any of the spaces has: a space that outgrows it is not searched whole any more. */
const atMost = 1_500_000;
/** The long form: `npm run test:chaos`. */
const isLong = process.env['INTERLOCK_LONG_TESTS'] === 'true';

describe('every way through the rails', () => {
  it.each([...settings, ...(isLong ? longSettings : [])])(
    '$name: the rules hold, and everything comes to an end',
    (setting) => {
      const before = process.cpuUsage();
      const found = explore(railsSpace(setting, subjectOf()), atMost);
      const { user, system } = process.cpuUsage(before);
      process.stdout.write(
        `${setting.name}: ${found.states} states, ${found.transitions} transitions, ${found.depth} deep, ${Math.round((user + system) / 1000)} ms of CPU\n`,
      );
      expect(found.violation).toBeNull();
      expect(found.whole).toBe(true);
      expect(found.states).toBeGreaterThanOrEqual(setting.atLeast);
    },
  );
});
