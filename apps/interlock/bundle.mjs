// The whole stack in a few files: the program, a worker's program, what the command line loads of
// it, and the entry of each app that they load. `npm run build` runs this after the compiler, which
// leaves every app's `dist/`; `run/main.js` is what users and tests start. Whoever imports a
// compiled file of an app, as the images do, needs none of this.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { bundle, bundleInPlace } from '../../tools/bundle.mjs';

import { manifest } from './dist/manifest.js';

const own = fileURLToPath(new URL('.', import.meta.url));
const loaded = ['edge', ...manifest.map(({ service }) => service)];
const programs = ['main', 'service', 'migrate', 'projections'];
const entries = {
  ...Object.fromEntries(programs.map((name) => [name, join(own, `dist/${name}.js`)])),
  ...Object.fromEntries(loaded.map((app) => [app, join(own, '..', app, 'dist/main.js')])),
};
const outside = [
  // These find files beside their own: programs that they start, threads, native parts.
  '@interlock/embedded',
  'cpu-features',
  'pino',
  'ssh2',
  // Swagger asks Node for these; there must be one of each, because they keep what decorators said.
  'class-transformer',
  'class-validator',
];

await bundleInPlace(own, (folder) => bundle(entries, folder, { outside }));
