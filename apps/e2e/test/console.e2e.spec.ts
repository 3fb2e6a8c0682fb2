import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { suiteWhere } from '@interlock/testing';
import { decisionCases } from './console/decisions.js';
import { flowCases } from './console/flows.js';
import { evidenceCases } from './console/evidence.js';
import { liveCases } from './console/live.js';
import { pageCases } from './console/pages.js';
import { pictureCases } from './console/pictures.js';
import { studioCases } from './console-studio.js';
import { reachCases } from './console/reach.js';
import { screenshotCases } from './console/screenshots.js';
import { sessionCases } from './console/sessions.js';
import { stateCases } from './console/states.js';
import { stopCases } from './console/stops.js';
import { browserFile, ConsoleWorld } from './console/world.js';

suiteWhere(
  describe,
  'The console in a browser, on the seeded demo',
  browserFile === undefined ? ['Chromium on this machine'] : [],
  () => {
    const world = new ConsoleWorld();

    beforeAll(() => world.start());
    afterEach(() => world.leave());
    afterAll(() => world.end());

    sessionCases(world);
    decisionCases(world);
    liveCases(world);
    pageCases(world);
    studioCases(world);
    flowCases(world);
    evidenceCases(world);
    screenshotCases(world);
    pictureCases(world);
    stateCases(world);
    reachCases(world);
    // No action starts after these cases.
    stopCases(world);

    it('had no script error and no violation of the content policy', () => {
      expect(world.faults).toEqual([]);
    });
  },
);
