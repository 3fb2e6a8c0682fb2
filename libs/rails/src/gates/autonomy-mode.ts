import type { ModeAnswer, Reason, SeenMode } from '@interlock/contracts';
import { same } from './covering.js';
import { ask, fail, pass, type Gate } from './gate.js';

/** Returns why a mode asks or refuses; empty if the action goes on by itself. */
export const modeReasons = (answer: ModeAnswer): readonly Reason[] =>
  answer.mode === 'AUTO_EXECUTE' ? [] : [reasonOf(answer)];

const reasonOf = ({ mode, reason, explanation, policy_clause }: ModeAnswer): Reason => ({
  code: reason ?? 'AUTO_EXECUTE',
  detail: explanation,
  policy_clause,
  mode,
});

/** Returns the part of a mode that an action's record keeps. */
export const seenMode = ({
  reason: _reason,
  explanation: _explanation,
  policy_clause: _clause,
  ...answer
}: ModeAnswer): SeenMode => answer;

/** Gate 3: the autonomy mode of the action type allows the action. */
export const autonomyModeGate: Gate<ModeAnswer, { readonly answer: SeenMode }> = {
  see: (answer) => ({ answer: seenMode(answer) }),
  reasons: modeReasons,
  judge: ({ answer }, reasons) => {
    switch (answer.mode) {
      case 'AUTO_EXECUTE':
        return pass;
      case 'APPROVAL_REQUIRED':
        return ask('approval', ...reasons);
      case 'PROPOSE_ONLY':
      case 'DISABLED':
        return fail(...reasons);
    }
  },
  refuse: (reasons) => ({
    status: reasons.some((r) => r['mode'] === 'PROPOSE_ONLY') ? 'PROPOSED' : 'BLOCKED',
  }),
  content: ({ answer }) => ({ mode: answer.mode }),
  covers: (said, now) => same(said, now, 'mode'),
  lookAgain: () => null,
  askAgain: ({ answer }, asked, reasons) => asked.mode(answer, reasons),
  tell: ({ answer }) => [
    `autonomy mode ${answer.mode}, ${answer.matched_level === null ? 'configured nowhere' : `from level ${answer.matched_level}`}, at position ${answer.version}`,
  ],
};
