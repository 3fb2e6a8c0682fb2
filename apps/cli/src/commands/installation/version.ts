import { recordShape } from '../../output/output.js';
import { answer } from '../../program/declare.js';
import { version } from '../../version.js';

/** `interlock version`: the version of this program. */
export const addVersion = answer({
  command: 'version',
  about: 'print the version of this program',
  run: () => ({ version }),
  shape: { ...recordShape<{ readonly version: string }>(), text: () => version },
});
