import type { Command } from 'commander';
import type { Globals } from '../../connection/session.js';
import { version } from '../../version.js';
import { addPolicyBundles } from './bundles.js';
import { addPolicyDiff } from './diff.js';
import { addPolicyLint } from './lint.js';
import { addPolicyLive } from './live.js';
import { addPolicySettings } from './settings.js';
import { addPolicySign } from './sign.js';
import { addPolicySimulate } from './simulate.js';

export const addPolicy = (program: Command, globals: () => Globals): void => {
  const policy = program
    .command('policy')
    .description(
      'bundles of rules: lint, try out, compare and sign them as files; list, approve, promote and bypass them on a running system',
    );
  addPolicyLint(policy, globals, version);
  addPolicySimulate(policy, globals);
  addPolicyDiff(policy, globals);
  addPolicySign(policy, globals);
  addPolicyLive(policy, globals);
  addPolicyBundles(policy, globals);
  addPolicySettings(policy, globals);
};
