import type { Schema } from '@interlock/api-types';
import { linesShape, tell, type Output } from '../../output/output.js';
import type { Session } from '../../connection/session.js';

/** An alert or an incident after a change. */
type Changed = Schema<'ChangedNoticeDto'> & Partial<Pick<Schema<'ChangedAlertDto'>, 'episode'>>;

const changedShape = linesShape<Changed>(
  ({ id, status, episode }) => [`${id}  ${status}${episode === undefined ? '' : `, episode ${episode}`}`],
  ({ id }) => [id],
);

/**
 * Changes the alert or incident that a text names, and prints the result. `pathTo` is its route by
 * its id.
 */
export const sayOf =
  (find: (session: Session, text: string) => Promise<string>, pathTo: (id: string) => string) =>
  async (session: Session, text: string, what: string, body: object, options: Output): Promise<void> => {
    const id = await find(session, text);
    await tell(await session.json<Changed>('POST', `${pathTo(id)}/${what}`, body), changedShape, options);
  };
