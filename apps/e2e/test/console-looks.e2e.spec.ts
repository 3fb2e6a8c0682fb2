import { studioCases } from './console-studio.js';
import { pageCases } from './console/pages.js';
import { pictureCases } from './console/pictures.js';
import { screenshotCases } from './console/screenshots.js';
import { stateCases } from './console/states.js';
import { consoleSuite } from './console/suite.js';

consoleSuite('How the console looks in a browser', [
  pageCases,
  studioCases,
  screenshotCases,
  pictureCases,
  stateCases,
]);
