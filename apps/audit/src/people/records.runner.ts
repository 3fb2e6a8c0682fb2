import { runnerOf } from '@interlock/platform';
import { recordsProjection } from './records.projection.js';

/** The runner of the lists, one in the process. */
export class RecordsRunner extends runnerOf(recordsProjection) {}
