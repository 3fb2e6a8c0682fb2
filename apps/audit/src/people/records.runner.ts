import { runnerOf } from '@interlock/platform';
import { recordsProjection } from './records.projection.js';

/** The process-wide runner of the lists. */
export class RecordsRunner extends runnerOf(recordsProjection) {}
