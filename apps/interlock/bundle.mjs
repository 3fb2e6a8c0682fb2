// Bundles the whole stack into a few files: the program, a worker's program, the parts that the
// command line loads, a container's program, and the entry of each app. `npm run build` runs this
// after the compiler, which leaves every app's `dist/`. Users and tests start `run/main.js`, and
// images start `run/container.js`.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { bundle, bundleInPlace } from '../../tools/bundle.mjs';

import { manifest } from './dist/manifest.js';

const own = fileURLToPath(new URL('.', import.meta.url));
const loaded = ['edge', ...manifest.map(({ service }) => service)];
const programs = [
  'main',
  'service',
  'migrate',
  'projections',
  'backup',
  'doctor',
  'container',
  'container/health',
];
const entries = {
  ...Object.fromEntries(
    programs.map((name) => [name.replace('container/', ''), join(own, `dist/${name}.js`)]),
  ),
  ...Object.fromEntries(loaded.map((app) => [app, join(own, '..', app, 'dist/main.js')])),
};
const outside = [
  // These find files beside their own: programs that they start, threads, native parts.
  '@interlock/embedded',
  'cpu-features',
  'pino',
  'ssh2',
  // Swagger loads these through Node. Each must exist once, because they store the decorators'
  // data.
  'class-transformer',
  'class-validator',
];

await bundleInPlace(own, (folder) => bundle(entries, folder, { outside }));
