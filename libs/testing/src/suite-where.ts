type Suites = {
  (title: string, suite: () => void): void;
  readonly skip: (title: string, suite: () => void) => void;
};

/**
 * A Jest `describe` that needs something a machine may lack. If `missing` names anything, the suite
 * is skipped with the reason in its title.
 */
export const suiteWhere = (
  describe: Suites,
  title: string,
  missing: readonly string[],
  suite: () => void,
): void => {
  if (missing.length === 0) describe(title, suite);
  else describe.skip(`${title} (skipped: there is no ${missing.join(', no ')})`, suite);
};

/**
 * A Jest `describe` of the long form alone, which `npm run test:chaos` runs. `npm test` skips it,
 * and the title says so.
 */
export const longSuite = (describe: Suites, title: string, suite: () => void): void => {
  if (process.env['INTERLOCK_LONG_TESTS'] === 'true') describe(title, suite);
  else describe.skip(`${title} (skipped: only \`npm run test:chaos\` runs it)`, suite);
};
