import type { Schema } from '@interlock/api-types';
import { requestedChange } from '@interlock/contracts';
import { digestOfRead, type Question, type Terminal } from './asked.js';
import { formatOf, recordShape, remark, tell, type Output } from './output/output.js';
import { screenOf } from './output/screen.js';
import { answerOf, type Sent, type Session } from './connection/session.js';
import type { AnswerTo, Route } from './program/routes.js';

type Requested = Schema<'ChangeRequestedDto'>;
type Change = Schema<'ChangeDto'>;

export const changeShape = recordShape<Change>(({ change_id }) => change_id);

/**
 * Returns the text that a person reads before approving: what loosens, and the digest that binds
 * the approval.
 */
export const questionOf = ({
  setting,
  loosened,
  digest,
  why,
  requester,
}: Pick<Requested, 'setting' | 'loosened' | 'digest'> &
  Partial<Pick<Change, 'why' | 'requester'>>): Question => ({
  lines: [
    `${setting} loosens:`,
    ...loosened.map(({ pointer, detail }) => `  ${pointer === '' ? '' : `${pointer} `}${detail}`),
    ...(requester === undefined ? [] : [`requested by ${requester}`]),
    ...(why === undefined || why === null ? [] : [`because: ${why}`]),
  ],
  digest,
});

/** The change request in an answer; undefined for any other answer. */
export const requestedIn = async (response: Response): Promise<Requested | undefined> => {
  if (response.status !== 202) return undefined;
  const body: unknown = await response.clone().json();
  return requestedChange({ status: response.status, body }) === undefined ? undefined : (body as Requested);
};

/**
 * Follows up a write that became a change request. If one person is enough, the caller is asked on
 * the terminal. Otherwise the request is printed with the command by which a person approves it. A
 * caller that wants a format for programs is never asked: a script reads the request and its
 * digest. Returns whether it was approved.
 */
export const followChange = async (
  session: Session,
  change: Requested,
  output: Output,
  terminal: Terminal = { input: process.stdin, output: process.stderr },
): Promise<boolean> => {
  const isForPeople = ['table', 'wide'].includes(formatOf(output, screenOf(process.stdout)));
  const isAsked = isForPeople && terminal.input.isTTY === true && terminal.output.isTTY === true;
  if (change.required_people === 1 && change.status === 'open' && isAsked) {
    const digest = await digestOfRead(questionOf(change), 'approve', undefined, terminal);
    const approved = session.ask('POST /api/v1/changes/{id}/approve', [change.change_id], {
      body: { digest },
    });
    await tell(await approved, changeShape, output);
    return true;
  }
  await tell(
    change,
    recordShape<Requested>(({ change_id }) => change_id),
    output,
  );
  remark(
    change.required_people === 1
      ? `nothing has changed yet: confirm it with \`${session.next(`changes approve ${change.change_id} --digest ${change.digest}`)}\``
      : `nothing has changed yet: ${change.required_people} people are needed; another person runs \`${session.next(`changes approve ${change.change_id}`, 'NAME')}\``,
  );
  return false;
};

/**
 * Makes a write. Returns the answer; undefined if the write became a change request, which is then
 * followed up.
 */
export const written = async <R extends Route>(
  session: Session,
  output: Output,
  route: R,
  values: readonly string[],
  sent: Sent,
): Promise<AnswerTo<R> | undefined> => {
  const response = await session.send(route, values, sent);
  const change = await requestedIn(response);
  if (change === undefined) return answerOf<AnswerTo<R>>(response);
  await followChange(session, change, output);
  return undefined;
};

/**
 * Makes a write. If it became a change request that the caller approved at the terminal, the write
 * is repeated, which returns the resulting state. Returns undefined while other people must still
 * approve it.
 */
export const writtenOrAsked = async <R extends Route>(
  session: Session,
  output: Output,
  route: R,
  values: readonly string[],
  body?: object,
): Promise<AnswerTo<R> | undefined> => {
  const response = await session.send(route, values, { body });
  const change = await requestedIn(response);
  if (change === undefined) return answerOf<AnswerTo<R>>(response);
  return (await followChange(session, change, output)) ? session.ask(route, values, { body }) : undefined;
};
