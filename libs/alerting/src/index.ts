export { incidentDecider } from './incident.js';
export type { IncidentCommand, IncidentEvent, IncidentOpened, IncidentState } from './incident.js';
export { alertDecider } from './alert.js';
export type { AlertCommand, AlertEvent, AlertFired, AlertState } from './alert.js';
export { alertingStreams, alertRecall, incidentRecall, isRaised } from './recall.js';
export {
  actionEventsOfInterest,
  fingerprintOf,
  over,
  raised,
  reactionTo,
  rolloutEventsOfInterest,
  treeEventsOfInterest,
} from './rules.js';
export type { Reaction } from './rules.js';
