import { expect, it } from '@jest/globals';
import { searched } from './hunt.js';
import { mutantsOf } from './mutants.js';
import { settings } from './settings.js';

it.each([
  ['autonomy/src/budget-day.ts', 'refusal: never `count >= limit`'],
  ['autonomy/src/budget-day.ts', 'refusal: `count >= limit` with >'],
])('the search finds a fault in libs/%s: %s', (file, said) => {
  const mutant = mutantsOf(`libs/${file}`).find(({ name }) => name.endsWith(said));
  if (mutant === undefined) throw new Error(`there is no such fault: ${said}`);
  expect(searched(mutant, settings, 60_000)).not.toBeNull();
});
