import type { Reason } from '@interlock/contracts';
import type { KillSwitchHead } from '../stop/kill-switch.js';
import { fail, pass, type Gate } from './gate.js';

type Sight = { readonly switches: readonly KillSwitchHead[] };

/** Gate 1: no kill switch that can stop the action is engaged. It never asks a person. */
export const killSwitchGate: Gate<readonly KillSwitchHead[], Sight> = {
  see: (switches) => ({ switches }),
  judge: ({ switches }) => {
    const engaged = switches.filter((s) => s.engaged);
    return engaged.length === 0
      ? pass
      : fail(
          ...engaged.map((s): Reason => ({
            code: 'kill-switch-engaged',
            detail: `kill switch \`${s.stream}\` is engaged`,
            stream: s.stream,
          })),
        );
  },
  // A switch that was never used is at revision -1. A refused action binds no start to the
  // revisions.
  summary: ({ switches }) => ({ switches: switches.filter(({ revision }) => revision !== '-1') }),
  refuse: () => ({ status: 'CANCELLED' }),
  content: () => ({}),
  covers: () => false,
  lookAgain: () => null,
  askAgain: ({ switches }, asked) => asked.switches(switches),
  tell: ({ switches }) =>
    switches.length === 0
      ? ['no switch that can stop it was ever used']
      : switches.map(
          ({ stream, revision, engaged }) =>
            `${stream} at revision ${revision}: ${engaged ? 'engaged' : 'not engaged'}`,
        ),
};
