export { incidentDecider } from './incident.js';
export type {
  IncidentCommand,
  IncidentEvent,
  IncidentLink,
  IncidentOpened,
  IncidentState,
} from './incident.js';
export { alertDecider, endDetail, supersededBy } from './alert.js';
export type { AlertCommand, AlertEvent, AlertFired, AlertState, Cause, Evidence, Firing } from './alert.js';
export { alertingStreams, alertDecided, incidentDecided, isReportedAlert } from './decided.js';
export type { LogOrder } from './order.js';
export { defaultFigures, figuresFrom } from './figures.js';
export type { Figures } from './figures.js';
export { matters } from './matters/table.js';
export { alertIdOf, fingerprintOf, runbookOf } from './rule.js';
export type { Condition, Rule } from './rule.js';
export { isReported, ruleCategories, ruleOf, rules } from './rules/table.js';
export { clockCause, figuresOf, firingOf, limitsCategory, limitsIn, RuleEngine } from './engine.js';
export type { Consequence } from './engine.js';
export { alertIncidentId, incidentEvents, incidentsOf } from './incidents.js';
export type { IncidentReaction } from './incidents.js';
export { over, raised, reportEnd, reportFiring } from './reported.js';
export type { AlertCall, ReportedAlert } from './reported.js';
export {
  foldOperations,
  isSafe,
  noOperations,
  operationalEvents,
  operationalFigures,
  operationalLimits,
} from './operational.js';
export type { OperationalFigures, OperationalName, OperationalState } from './operational.js';
export { exitCodeOf, needsAttention, opensGithubIssue } from './attention.js';
export { reportFiles, reportOf } from './report.js';
export type { AlertReport } from './report.js';
export { positionsOf, postMortem } from './post-mortem.js';
export type { IncidentStory, SealedStory, StoryEvent, StoryEvidence } from './post-mortem.js';
