import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import type { Globals } from '../session.js';
import { addPolicyBundles } from './policy-bundles.js';
import { addPolicyDiff } from './policy-diff.js';
import { addPolicyLint } from './policy-lint.js';
import { addPolicyLive } from './policy-live.js';
import { addPolicySettings } from './policy-settings.js';
import { addPolicySign } from './policy-sign.js';
import { addPolicySimulate } from './policy-simulate.js';

const ownVersion = (): string =>
  (
    JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
      readonly version: string;
    }
  ).version;

export const addPolicy = (program: Command, globals: () => Globals): void => {
  const policy = program
    .command('policy')
    .description(
      'bundles of rules: lint, try out, compare and sign them as files; list, approve, promote and bypass them on a running system',
    );
  addPolicyLint(policy, globals, ownVersion());
  addPolicySimulate(policy, globals);
  addPolicyDiff(policy, globals);
  addPolicySign(policy, globals);
  addPolicyLive(policy, globals);
  addPolicyBundles(policy, globals);
  addPolicySettings(policy, globals);
};
