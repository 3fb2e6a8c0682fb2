import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { suiteWhere } from '@interlock/testing';
import { browserFile, ConsoleWorld } from './world.js';

/** A suite of cases in a browser, on a stack of its own with the seeded demo. */
export const consoleSuite = (title: string, cases: readonly ((world: ConsoleWorld) => void)[]): void => {
  suiteWhere(describe, title, browserFile === undefined ? ['Chromium on this machine'] : [], () => {
    const world = new ConsoleWorld();

    beforeAll(() => world.start());
    afterEach(() => world.leave());
    afterAll(() => world.end());

    for (const one of cases) one(world);

    it('had no script error and no violation of the content policy', () => expect(world.faults).toEqual([]));
  });
};
