import type { Schema } from '@interlock/api-types';
import type { Field } from '../../asks.js';
import { linesShape } from '../../output/output.js';

/** An alert or an incident after a change. */
export type Changed = Schema<'ChangedNoticeDto'> & Partial<Pick<Schema<'ChangedAlertDto'>, 'episode'>>;

/** Prints a changed alert or incident with its new status. */
export const changedShape = linesShape<Changed>(
  ({ id, status, episode }) => [`${id}  ${status}${episode === undefined ? '' : `, episode ${episode}`}`],
  ({ id }) => [id],
);

/** The note that a person leaves with a change. */
export const note: Field = { flags: '--note <text>', about: 'a note, for the record' };
