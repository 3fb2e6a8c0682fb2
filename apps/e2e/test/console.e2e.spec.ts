import process from 'node:process';
import { controlCases } from './console/controls.js';
import { decisionCases } from './console/decisions.js';
import { deviceCases } from './console/devices.js';
import { evidenceCases } from './console/evidence.js';
import { flowCases } from './console/flows.js';
import { liveCases } from './console/live.js';
import { policyCases } from './console/policies.js';
import { reachCases } from './console/reach.js';
import { reachableCases } from './console/reachable.js';
import { sessionCases } from './console/sessions.js';
import { stopCases } from './console/stops.js';
import { consoleSuite } from './console/suite.js';

/** The long form: `npm run test:chaos`. */
const isLong = process.env['INTERLOCK_LONG_TESTS'] === 'true';

consoleSuite('What people do in the console, in a browser', [
  sessionCases,
  decisionCases,
  reachableCases,
  liveCases,
  flowCases,
  deviceCases,
  ...(isLong ? [policyCases, evidenceCases, reachCases, controlCases] : []),
  // No action starts after these cases.
  stopCases,
]);
