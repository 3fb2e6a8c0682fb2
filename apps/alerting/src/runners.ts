import { runnerOf } from '@interlock/platform';
import { alertingProjection } from './alerting.projection.js';
import { deliveriesProjection } from './delivery/deliveries.projection.js';

/** The process-wide runner of the projection of alerts and incidents. */
export class AlertingRunner extends runnerOf(alertingProjection) {}
/** The runner of the queue of notices. */
export class DeliveriesRunner extends runnerOf(deliveriesProjection) {}
