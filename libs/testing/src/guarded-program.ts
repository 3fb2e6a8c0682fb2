import { fileURLToPath } from 'node:url';
import type { GuardedProgram } from '@interlock/embedded';

/** The programs of `libs/testing/bin` that suites talk to over the network. */
export type TestProgram = 'identity-provider' | 's3-server';

/**
 * How such a program is started with its options: as a process, or in a container of the image that
 * INTERLOCK_PROGRAMS_IMAGE names. `npm run test:containers` builds that image.
 */
export const testProgram = (name: TestProgram, options: object): GuardedProgram => {
  const image = process.env['INTERLOCK_PROGRAMS_IMAGE'] ?? '';
  const given = JSON.stringify(options);
  const ready = /listening (\S+)/;
  return image === ''
    ? {
        program: process.execPath,
        args: [fileURLToPath(new URL(`../bin/${name}.js`, import.meta.url)), given],
        ready,
      }
    : {
        program: 'docker',
        args: ['run', '--rm', '--network', 'host', image, `/programs/${name}.js`, given],
        ready,
      };
};
