export {
  channelDecider,
  channelDefaults,
  channelKinds,
  checkChannel,
  referencesOf,
  urlFaults,
} from './channel.js';
export type { ChannelCommand, ChannelEvent, ChannelKind, ChannelSettings, ChannelState } from './channel.js';
export { referenceFaults } from './references.js';
export { heldUntil, quietHoursFaults } from './quiet-hours.js';
export type { QuietHours } from './quiet-hours.js';
export { dedupKeyOf, episodeKeyOf, factsOf, headline, noticeKinds } from './notice.js';
export type { Notice, NoticeKind } from './notice.js';
export {
  bundleChanged,
  channelFailing,
  checkRoutes,
  defaultRoutes,
  escalationAt,
  outageNames,
  routeDecider,
  routesOf,
  targetsOf,
} from './routes.js';
export type { AlertRoute, OutageName, RouteCommand, RouteEvent, RouteState, Target } from './routes.js';
export { deliveryDecider, endedKey, referenceKey } from './delivery.js';
export type { Delivered, DeliveryCommand, DeliveryEvent, DeliveryState, Escalated } from './delivery.js';
export {
  bundleChangeTold,
  noticeOf,
  planBundleChange,
  planEscalated,
  planFired,
  planFollowing,
  planTest,
  planUnsilenced,
} from './plan.js';
export type { FiredAlert, Plan, PlannedEscalation, PlannedNotice, Reach, WatchedAlert } from './plan.js';
export { attemptOf, nextAttemptAt, retryAfterMs, smtpAttemptOf } from './retry.js';
export type { Attempt, RetryLimits } from './retry.js';
export { slackMessage, slackText } from './payloads/slack.js';
export type { SlackMessage } from './payloads/slack.js';
export { pagerDutyEvent, takenBack } from './payloads/pagerduty.js';
export type { PagerDutyEvent } from './payloads/pagerduty.js';
export { emailMessage } from './payloads/email.js';
export type { EmailMessage } from './payloads/email.js';
export {
  commentMarker,
  githubClose,
  githubComment,
  githubIssue,
  githubLabel,
  issueMarker,
} from './payloads/github.js';
export { webhookId, webhookPayload } from './payloads/webhook.js';
export type { WebhookPayload } from './payloads/webhook.js';
export { channelDecided, deliveryDecided, notifyStreams, routeDecided } from './decided.js';
