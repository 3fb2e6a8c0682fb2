import type { Schema } from '@interlock/api-types';
import { actionLine } from '../../action-views.js';
import { digestOfRead, type Question } from '../../asked.js';
import { findAction } from '../../find-action.js';
import { timeText } from '../../output/times.js';
import { answer } from '../../program/declare.js';
import { CliError } from '../../connection/session.js';
import { consentOptions, decideAction, lineShape } from './consent.js';

/**
 * Returns the question about the rollback of a completed action: what it would restore. Null if it
 * needs no consent.
 */
const questionOf = (view: Schema<'ActionDto'>, now: number): Question | null =>
  view.rollback?.status !== 'prepared'
    ? null
    : {
        lines: [
          actionLine(view, { isTerminal: false, columns: undefined, colour: false, now }),
          `good until ${timeText(view.rollback.expires_at, now)}`,
          `changes back on ${view.rollback.plan.device_id}`,
          ...view.rollback.plan.diff.map(
            ({ path, before, after }) => `  ${path}: ${before ?? 'nothing'} -> ${after ?? 'nothing'}`,
          ),
        ],
        digest: view.rollback.digest,
      };

/**
 * `interlock actions rollback`: rolls back an action in flight. For a completed action it shows
 * what would be restored, and asks for consent.
 */
export const addRollback = answer({
  command: 'rollback <action>',
  about: 'take back what is being done, or, shown and asked, what was done, by a person',
  routes: ['POST /api/v1/autonomous/actions/{id}/rollback'],
  options: consentOptions,
  personal: true,
  run: async (call, text) => {
    const { comment, digest, yes } = call.options;
    if (yes && digest === undefined) throw new CliError('--yes needs the --digest of what you have read', 2);
    const { session } = call;
    const id = await findAction(session, text);
    const view = await decideAction(session, 'rollback', id, { comment, digest });
    const question = digest === undefined ? questionOf(view, Date.now()) : null;
    if (question === null) return view;
    const read = await digestOfRead(question, 'rollback', undefined);
    return decideAction(session, 'rollback', id, { comment, digest: read });
  },
  shape: lineShape,
});
