// What a test imports as fast-check: the same library, which draws from one seed. Left alone it
// takes another seed in each run, and a run of all tests would be green or red by chance.
// `INTERLOCK_SEED` names another seed; `npm run test:chaos` is there to try many.
import process from 'node:process';

import fc from 'fast-check';

fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(process.env.INTERLOCK_SEED ?? 1) });

export * from 'fast-check';
export default fc;
