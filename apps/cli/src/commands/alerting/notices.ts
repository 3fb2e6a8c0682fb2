import type { Schema } from '@interlock/api-types';
import { linesShape } from '../../output/output.js';

/** Prints a changed alert or incident with its new status. */
export const changedShape = linesShape<
  Schema<'ChangedNoticeDto'> & Partial<Pick<Schema<'ChangedAlertDto'>, 'episode'>>
>(
  ({ id, status, episode }) => [`${id}  ${status}${episode === undefined ? '' : `, episode ${episode}`}`],
  ({ id }) => [id],
);

/** The note that a person leaves with a change. */
export const note = { '--note <text>': 'a note, for the record' } as const;
