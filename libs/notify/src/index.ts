export { channelDecider, channelDefaults, checkChannel, onlyAlerts, referencesOf } from './channel.js';
export type { ChannelEvent, ChannelSettings, ChannelState } from './channel.js';
export { heldUntil, quietHoursFaults } from './quiet-hours.js';
export { channelLoosens, rotaLoosens, routesLoosen } from './loosens.js';
export { dedupKeyOf, headline } from './notice.js';
export type { AlertNotice, Notice } from './notice.js';
export { checkReport, reportLimits, tableOf, textsOf } from './report/content.js';
export type { Report, ReportSection, ReportTable } from './report/content.js';
export { sendable } from './report/fitted.js';
export { htmlOf } from './report/html.js';
export { markdownOf } from './report/markdown.js';
export {
  channelFailing,
  checkRoutes,
  defaultRoutes,
  escalationAt,
  routeDecider,
  routesOf,
} from './routes.js';
export type { OutageName, RouteEvent } from './routes.js';
export { deliveryDecider, endedKey, referenceKey } from './delivery.js';
export type { Delivered, DeliveryCommand, DeliveryEvent } from './delivery.js';
export {
  bundleChangeText,
  planBundleChange,
  planEscalated,
  planFired,
  planFollowing,
  planReport,
  planTest,
  planUnsilenced,
} from './plan.js';
export type { FiredAlert, Plan, PlannedEscalation, PlannedNotice, WatchedAlert } from './plan.js';
export { criticalTargets } from './reach.js';
export type { AlertRoute, CriticalTo, Reach } from './reach.js';
export { reachFindings } from './reach-findings.js';
export type { ReachFinding } from './reach-findings.js';
export { checkRota, handoverMs, onCall, rotaApis, rotaSources } from './rota/rota.js';
export type { Rota, RotaOverride, RotaSource } from './rota/rota.js';
export { onCallOf, rotaDecider } from './rota/rota-decider.js';
export type { RotaCommand, RotaEvent, RotaState } from './rota/rota-decider.js';
export { attemptOf, nextAttemptAt, retryAfterMs, smtpAttemptOf } from './retry.js';
export type { Attempt } from './retry.js';
export { slackMessage } from './payloads/slack.js';
export { slackReport } from './payloads/slack-report.js';
export { teamsAccepted, teamsMessage, teamsStatus } from './payloads/teams.js';
export { teamsReport } from './payloads/teams-report.js';
export { pagerDutyEvent, takenBack } from './payloads/pagerduty.js';
export { emailMessage, emailReport } from './payloads/email.js';
export {
  commentMarker,
  githubClose,
  githubComment,
  githubIssue,
  githubLabel,
  githubReport,
  issueMarker,
} from './payloads/github.js';
export { webhookId, webhookPayload } from './payloads/webhook.js';
export { webhookChannel, webhookDecider, webhooksOf } from './webhook.js';
export type { WebhookEvent } from './webhook.js';
export { forgedLinks, linkDecider } from './link.js';
export type { LinkCommand, LinkRefusal } from './link.js';
export {
  channelDecided,
  deliveryDecided,
  linkDecided,
  notifyStreams,
  rotaDecided,
  routeDecided,
  webhookDecided,
} from './decided.js';

// The compiler names these in types that other projects infer, such as their command handlers.
/** @public */
export type { ChannelCommand } from './channel.js';
/** @public */
export type { RouteCommand, RouteState } from './routes.js';
/** @public */
export type { LinkEvent, LinkState } from './link.js';
/** @public */
export type { NoticeKind, ReportNotice } from './notice.js';
/** @public */
export type { WebhookCommand, WebhookState } from './webhook.js';
/** @public */
export type { DeliveryState } from './delivery.js';
