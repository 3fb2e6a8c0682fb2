import type { Schema } from '@interlock/api-types';
import { actionLine, changeLines, riskText } from '../../action-views.js';
import { digestOfRead, type Question } from '../../asked.js';
import { findAction } from '../../find-action.js';
import { recordShape } from '../../output/output.js';
import { timeText } from '../../output/times.js';
import { answer } from '../../program/declare.js';
import { CliError, type Session } from '../../connection/session.js';

type View = Schema<'ActionDto'>;
type Hold = Schema<'HoldRecordDto'>;
/** A request to a person: an approval, or a decision while a window is open. */
type Request = Pick<Schema<'ActionApprovalDto'>, 'holds' | 'digest' | 'digest_parts' | 'smallest_change'> &
  Partial<Schema<'ActionApprovalDto'> & Schema<'ConfirmationWindowDto'>>;

/** The option for the words of a decision; other commands call them the reason. */
export const comment = { '--reason, --comment <text>': 'a comment, for the record' } as const;
/** The option that names the text which the caller has read. */
export const digest = {
  '--digest <digest>': 'digest of what you have read; without it, the terminal asks you',
} as const;
const consentOptions = {
  ...digest,
  '-y, --yes': { about: 'do not ask; requires the digest', preset: false },
  ...comment,
} as const;

/** Prints an action in one line after a decision about it. */
export const lineShape = { ...recordShape<View>(({ action_id }) => action_id), text: actionLine };

/** A member of a hold for readers: its subject and its state. */
const contentText = (content: Hold['content'] = {}): string =>
  Object.entries(content)
    .map(([name, value]) => `${name} ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(', ');

const reasonText = ({ code, detail }: { readonly code: string; readonly detail: string }): string =>
  `${code}: ${detail}`;

/**
 * The request for consent: the change, its risk and its holds, and what changed since the last
 * consent. It includes the payload for the device, and the digest that binds the consent.
 */
const requestOf = (view: View, request: Request, now: number): Question => ({
  lines: [
    actionLine(view, { isTerminal: false, columns: undefined, colour: false, now }),
    `requested by ${view.requester}, with ${JSON.stringify(view.parameters)}`,
    `affects ${view.affected_entity_count} entities; risk ${riskText(view) ?? 'not predicted yet'}`,
    ...(request.required === undefined
      ? []
      : [`approvals: ${(request.approved_by ?? []).length} of ${request.required}`]),
    ...(request.expires_at === undefined ? [] : [`until ${timeText(request.expires_at, now)}`]),
    ...(request.due_at === undefined || request.end === undefined
      ? []
      : [`due at ${timeText(request.due_at, now)}, then ${request.end.detail}`]),
    '',
    'asked because',
    ...request.holds.flatMap((hold) => [
      `  ${hold.gate}: ${contentText(hold.content)}`,
      ...hold.reasons.map((reason) => `    ${reasonText(reason)}`),
    ]),
    ...((request.difference ?? []).length === 0
      ? []
      : [
          '',
          'changed since it was approved',
          ...(request.difference ?? []).map((reason) => `  ${reasonText(reason)}`),
        ]),
    '',
    ...changeLines(view, true),
    '',
    'the yes is bound to',
    ...Object.entries(request.digest_parts)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) =>
        name === 'risk_score'
          ? `  risk      at most ${value} of 99`
          : `  ${name.padEnd(8)}  ${String(value).slice(0, 16)}…`,
      ),
    ...(view.plan === null ? [] : [`  plan      ${view.plan.plan_hash.slice(0, 16)}…`]),
  ],
  digest: request.digest,
});

/** Sends a decision about an action, and returns the action afterwards. */
const decideAction = (
  session: Session,
  verb: 'confirm' | 'approve' | 'rollback',
  id: string,
  body: { readonly comment: string | undefined; readonly digest: string | undefined },
): Promise<View> => session.ask(`POST /api/v1/autonomous/actions/{id}/${verb}`, [id], { body });

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
  about: 'roll back a running action, or, after a preview, one that has ended; as a person',
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

/** `interlock actions approve|confirm`: shows the request before the consent is sent. */
export const addConsent = (['approve', 'confirm'] as const).map((verb) =>
  answer({
    command: `${verb} <action>`,
    about: `show the request, its risk, the change and the digest, and ${verb} it`,
    routes: ['GET /api/v1/autonomous/actions/{id}', `POST /api/v1/autonomous/actions/{id}/${verb}`],
    options: consentOptions,
    personal: true,
    run: async (call, text: string) => {
      const { comment: said, digest: given, yes } = call.options;
      if (yes && given === undefined)
        throw new CliError(
          `--yes needs the --digest of what you have read: \`interlock actions show ID\` shows it`,
          2,
        );
      const { session } = call;
      const id = await findAction(session, text);
      const view = await session.ask('GET /api/v1/autonomous/actions/{id}', [id]);
      const request = verb === 'approve' ? view.approval : view.window;
      const awaited = verb === 'approve' ? 'AWAITING_APPROVAL' : 'AWAITING_CONFIRMATION';
      if (request === null || view.state !== awaited)
        throw new CliError(`the action is ${view.state}, not ${awaited}: there is nothing to ${verb}`);
      const read = await digestOfRead(requestOf(view, request, Date.now()), verb, given);
      return decideAction(session, verb, id, { digest: read, comment: said });
    },
    shape: lineShape,
  }),
);
