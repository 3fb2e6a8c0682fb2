import { describe, expect, it } from '@jest/globals';
import { allFaults, specsFor } from './faults.js';
import { explore } from './explore.js';
import { Grounds, type Catch, type Hunted } from './hunt.js';
import { railsSpace } from './rails-space.js';
import { longSettings, settings } from './settings.js';
import { subjectOf } from './subject.js';
import { survivors } from './survivors.js';

/** More states than any space has; a larger space would not be searched completely. */
const atMost = 1_500_000;
/** The long form: `npm run test:chaos`. */
const isLong = process.env['INTERLOCK_LONG_TESTS'] === 'true';
const spaces = [...settings, ...(isLong ? longSettings : [])];
/** Faults are hunted in the small spaces. */
const hunted = settings.filter(({ atLeast: states }) => states < 12_000);
const grounds = new Grounds(hunted);

describe('every path through the rails', () => {
  it.each(spaces)('$name: the rules hold, and everything comes to an end', (setting) => {
    const { name, atLeast, ends } = setting;
    const before = process.cpuUsage();
    const index = hunted.indexOf(setting);
    const found =
      index < 0 ? explore(railsSpace(setting, subjectOf()), atMost) : grounds.search(index, atMost);
    const { user, system } = process.cpuUsage(before);
    process.stdout.write(
      `${name}: ${found.states} states, ${found.transitions} transitions, ${found.depth} deep, ${Math.round((user + system) / 1000)} ms of CPU; ${found.ends.join(' ')}\n`,
    );
    expect(found.violation).toBeNull();
    expect(found.whole).toBe(true);
    expect(found.ends).toEqual(ends);
    expect(found.states).toBeGreaterThanOrEqual(atLeast);
  });
});

/** The size limit of a space with a fault; beyond it the fault counts as not found there. */
const faultAtMost = 150_000;
const faults = allFaults();
/** The short form takes a constant sample of faults. */
const sample = isLong ? faults : faults.filter((_, index) => index % 50 === 1);

describe('faults put into the deciders', () => {
  it('each is found, or has an explanation', async () => {
    const hunts: Hunted[] = [];
    for (const fault of sample) {
      const hunt = await grounds.hunt(fault, specsFor(fault.file), faultAtMost);
      if (isLong)
        process.stdout.write(
          `${hunt.caught?.by ?? (hunt.shows ? 'shows' : 'same')} | ${fault.name} | ${hunt.caught?.rule ?? ''}\n`,
        );
      hunts.push(hunt);
    }
    const left = hunts.filter(({ caught }) => caught === null).map(({ mutant }) => mutant.name);
    const count = (by: Catch['by']): number => hunts.filter(({ caught }) => caught?.by === by).length;
    process.stdout.write(
      `${sample.length} of ${faults.length} faults: ${count('search')} found by the search, ${count('spec')} by specs, ${left.length} by nothing, which must be explained\n`,
    );
    expect(left.filter((name) => survivors[name] === undefined)).toEqual([]);
    // An explanation of a fault that is found or no longer exists is obsolete.
    const known = new Set(sample.map(({ name }) => name));
    const explained = Object.keys(survivors).filter((name) => isLong || known.has(name));
    expect(explained.filter((name) => !left.includes(name))).toEqual([]);
  });
});
