// Replaces fast-check in tests by the same library with a fixed seed. With random seeds, a run of
// all tests would pass or fail by chance. `INTERLOCK_SEED` sets another seed; `npm run test:chaos`
// tries many.
import process from 'node:process';

import fc from 'fast-check';

fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(process.env.INTERLOCK_SEED ?? 1) });

export * from 'fast-check';
export default fc;
