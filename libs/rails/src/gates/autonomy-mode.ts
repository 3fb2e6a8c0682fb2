import type { ModeAnswer, Reason } from '@interlock/contracts';
import { same } from './covering.js';
import { ask, fail, pass, type Gate } from './gate.js';

/** Gate 3: the autonomy mode of the action type lets the action go on. */
export const autonomyModeGate: Gate<ModeAnswer, { readonly answer: ModeAnswer }> = {
  see: (answer) => ({ answer }),
  judge: ({ answer }) => {
    const reason: Reason = {
      code: answer.reason ?? 'AUTO_EXECUTE',
      detail: answer.explanation,
      policy_clause: answer.policy_clause,
      mode: answer.mode,
    };
    switch (answer.mode) {
      case 'AUTO_EXECUTE':
        return pass;
      case 'APPROVAL_REQUIRED':
        return ask('approval', reason);
      case 'PROPOSE_ONLY':
      case 'DISABLED':
        return fail(reason);
    }
  },
  refuse: (reasons) => ({
    status: reasons.some((r) => r['mode'] === 'PROPOSE_ONLY') ? 'PROPOSED' : 'BLOCKED',
  }),
  content: ({ answer }) => ({ mode: answer.mode }),
  covers: (said, now) => same(said, now, 'mode'),
  lookAgain: () => null,
  askAgain: ({ answer }, asked) => asked.mode(answer),
  tell: ({ answer }) => [`${answer.explanation}, at position ${answer.version}`],
};
