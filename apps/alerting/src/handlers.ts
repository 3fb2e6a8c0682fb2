import { alertDecider, incidentDecider } from '@interlock/alerting';
import { handlerOf } from '@interlock/platform';

// The handlers of commands of this process, one per decider.
export class AlertHandler extends handlerOf(alertDecider) {}
export class IncidentHandler extends handlerOf(incidentDecider) {}
