import type { Command } from 'commander';
import type { Globals } from '../session.js';
import { version } from '../version.js';
import { addPolicyDiff } from './policy-diff.js';
import { addPolicyLint } from './policy-lint.js';
import { addPolicyLive } from './policy-live.js';
import { addPolicySign } from './policy-sign.js';
import { addPolicySimulate } from './policy-simulate.js';

export const addPolicy = (program: Command, globals: () => Globals): void => {
  const policy = program
    .command('policy')
    .description(
      'lint, try out, compare and sign bundles, without a running system; push, activate and bypass them on one',
    );
  addPolicyLint(policy, globals, version);
  addPolicySimulate(policy, globals);
  addPolicyDiff(policy, globals);
  addPolicySign(policy, globals);
  addPolicyLive(policy, globals);
};
