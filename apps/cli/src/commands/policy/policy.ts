import { group } from '../../program/declare.js';
import { addPolicyBundles } from './bundles.js';
import { addPolicyDiff } from './diff.js';
import { addPolicyLint } from './lint.js';
import { addPolicyLive } from './live.js';
import { addPolicySettings } from './settings.js';
import { addPolicySign } from './sign.js';
import { addPolicySimulate } from './simulate.js';

export const addPolicy = group(
  'policy',
  'bundles of rules: lint, simulate, compare and sign files; list, approve, promote and bypass them on a running system',
  [
    addPolicyLint,
    addPolicySimulate,
    addPolicyDiff,
    addPolicySign,
    addPolicyLive,
    addPolicyBundles,
    addPolicySettings,
  ],
);
