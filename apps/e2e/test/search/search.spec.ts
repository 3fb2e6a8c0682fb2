import { describe, expect, it } from '@jest/globals';
import { explore } from './explore.js';
import { railsSpace } from './rails-space.js';
import { settings } from './settings.js';
import { subjectOf } from './subject.js';

describe.each(settings)('every way through: $name', (setting) => {
  it('keeps the rules, and comes to an end', () => {
    const began = performance.now();
    const found = explore(railsSpace(setting, subjectOf()), 400_000);
    process.stdout.write(
      `${setting.name}: ${found.states} states, ${found.transitions} transitions, depth ${found.depth}, ${Math.round(performance.now() - began)} ms\n`,
    );
    expect(found.violation).toBeNull();
    expect(found.whole).toBe(true);
  });
});
