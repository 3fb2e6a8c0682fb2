export { channelDecider, channelDefaults, channelKinds, checkChannel, referencesOf } from './channel.js';
export type { ChannelEvent, ChannelKind, ChannelSettings, ChannelState } from './channel.js';
export { heldUntil, quietHoursFaults } from './quiet-hours.js';
export { dedupKeyOf, headline } from './notice.js';
export type { Notice } from './notice.js';
export {
  channelFailing,
  checkRoutes,
  defaultRoutes,
  escalationAt,
  routeDecider,
  routesOf,
} from './routes.js';
export type { AlertRoute, OutageName, RouteEvent } from './routes.js';
export { deliveryDecider, endedKey, referenceKey } from './delivery.js';
export type { Delivered, DeliveryCommand, DeliveryEvent } from './delivery.js';
export {
  bundleChangeTold,
  planBundleChange,
  planEscalated,
  planFired,
  planFollowing,
  planTest,
  planUnsilenced,
} from './plan.js';
export type { FiredAlert, Plan, PlannedEscalation, PlannedNotice, Reach, WatchedAlert } from './plan.js';
export { attemptOf, nextAttemptAt, retryAfterMs, smtpAttemptOf } from './retry.js';
export type { Attempt } from './retry.js';
export { slackMessage } from './payloads/slack.js';
export { pagerDutyEvent, takenBack } from './payloads/pagerduty.js';
export { emailMessage } from './payloads/email.js';
export {
  commentMarker,
  githubClose,
  githubComment,
  githubIssue,
  githubLabel,
  issueMarker,
} from './payloads/github.js';
export { webhookId, webhookPayload } from './payloads/webhook.js';
export { channelDecided, deliveryDecided, notifyStreams, routeDecided } from './decided.js';

// The compiler names these in types that other projects infer, such as their command handlers.
/** @public */
export type { ChannelCommand } from './channel.js';
/** @public */
export type { RouteCommand, RouteState } from './routes.js';
/** @public */
export type { DeliveryState } from './delivery.js';
