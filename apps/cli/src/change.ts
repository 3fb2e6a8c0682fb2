import type { Schema } from '@interlock/api-types';
import { requestedChange } from '@interlock/contracts';
import { digestOfRead, type Question, type Terminal } from './asked.js';
import { formatOf, recordShape, remark, tell, type Output, type Shape } from './output/output.js';
import { screenOf } from './output/screen.js';
import { answerOf, type Session } from './connection/session.js';

type Requested = Schema<'ChangeRequestedDto'>;
type Change = Schema<'ChangeDto'>;

export const changesPath = '/api/v1/changes';
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

/** Approves the change request that was read. */
export const approveChange = async (session: Session, id: string, digest: string): Promise<Change> =>
  answerOf<Change>(
    await session.fetch('POST', `${changesPath}/${encodeURIComponent(id)}/approve`, { digest }),
  );

/** Applies the change request that was read at once, by one person and for a limited time. */
export const breakGlass = async (
  session: Session,
  id: string,
  body: { readonly digest: string; readonly reason: string; readonly seconds: number },
): Promise<Change> =>
  answerOf<Change>(await session.fetch('POST', `${changesPath}/${encodeURIComponent(id)}/break-glass`, body));

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
    await tell(await approveChange(session, change.change_id, digest), changeShape, output);
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

/** Prints the answer to a write, or follows up the change request that the write became. */
export const tellWritten = async <T>(
  session: Session,
  response: Response,
  shape: Shape<T>,
  output: Output,
): Promise<void> => {
  const change = await requestedIn(response);
  if (change !== undefined) await followChange(session, change, output);
  else await tell(await answerOf<T>(response), shape, output);
};

/**
 * Makes a write. If it became a change request that the caller approved at the terminal, the write
 * is repeated, which returns the resulting state. Returns undefined while other people must still
 * approve it.
 */
export const writtenOrAsked = async <T>(
  session: Session,
  method: string,
  path: string,
  body: object | undefined,
  output: Output,
): Promise<T | undefined> => {
  const response = await session.fetch(method, path, body);
  const change = await requestedIn(response);
  if (change === undefined) return answerOf<T>(response);
  return (await followChange(session, change, output)) ? session.json<T>(method, path, body) : undefined;
};
