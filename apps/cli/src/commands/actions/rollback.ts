import type { Schema } from '@interlock/api-types';
import type { Command } from 'commander';
import { answering } from '../../asks.js';
import { actionLine } from '../../action-views.js';
import { digestOfRead, type Question } from '../../asked.js';
import { findAction } from '../../find-action.js';
import { tell } from '../../output/output.js';
import { timeText } from '../../output/times.js';
import { CliError, personal, type Globals } from '../../connection/session.js';
import { commentOption, decideAction, lineShape, type SaidOptions } from './consent.js';

type View = Schema<'ActionDto'>;

/**
 * Returns the question about the rollback of a completed action: what it would restore. Null if it
 * needs no consent.
 */
const questionOf = (view: View, now: number): Question | null =>
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

const rollBack = async (globals: Globals, text: string, options: SaidOptions): Promise<void> => {
  if (options.yes === true && options.digest === undefined)
    throw new CliError('--yes needs the --digest of what you have read', 2);
  const session = personal(globals);
  const id = await findAction(session, text);
  const comment = options.comment === undefined ? {} : { comment: options.comment };
  if (options.digest !== undefined) {
    await tell(
      await decideAction(session, 'rollback', id, { ...comment, digest: options.digest }),
      lineShape,
      options,
    );
    return;
  }
  const view = await decideAction(session, 'rollback', id, comment);
  const question = questionOf(view, Date.now());
  if (question === null) {
    await tell(view, lineShape, options);
    return;
  }
  const digest = await digestOfRead(question, 'rollback', undefined);
  await tell(await decideAction(session, 'rollback', id, { ...comment, digest }), lineShape, options);
};

/**
 * `interlock actions rollback`: rolls back an action in flight. For a completed action it shows
 * what would be restored, and asks for consent.
 */
export const addRollback = (actions: Command, globals: () => Globals): void => {
  answering(actions, 'rollback <action>', 'POST /api/v1/autonomous/actions/{id}/rollback')
    .description('take back what is being done, or, shown and asked, what was done, by a person')
    .option('--digest <digest>', 'of what you have read before; without it you are asked on the terminal')
    .option('-y, --yes', 'ask nothing; takes the digest', false)
    .option(...commentOption)
    .action((id: string, options: SaidOptions) => rollBack(globals(), id, options));
};
