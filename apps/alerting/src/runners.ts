import { runnerOf } from '@interlock/platform';
import { alertingProjection } from './alerting.projection.js';

/** The runner of the projection of alerts and incidents, one in the process. */
export class AlertingRunner extends runnerOf(alertingProjection) {}
