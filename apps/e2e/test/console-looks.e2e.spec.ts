import process from 'node:process';
import { studioCases } from './console-studio.js';
import { pageCases } from './console/pages.js';
import { pictureCases } from './console/pictures.js';
import { screenshotCases } from './console/screenshots.js';
import { stateCases } from './console/states.js';
import { consoleSuite } from './console/suite.js';

/** The long form: `npm run test:chaos`. */
const isLong = process.env['INTERLOCK_LONG_TESTS'] === 'true';

consoleSuite('How the console looks in a browser', [
  pageCases,
  studioCases,
  pictureCases,
  ...(isLong ? [screenshotCases, stateCases] : []),
]);
