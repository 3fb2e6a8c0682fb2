import type { Severity } from '@interlock/contracts';
import { episodeKeyOf, factsOf, headline, shownDetail, type AlertNotice } from '../notice.js';

/** An event of PagerDuty's Events API v2. */
export type PagerDutyEvent = {
  readonly routing_key: string;
  readonly event_action: 'trigger' | 'acknowledge' | 'resolve';
  readonly dedup_key: string;
  readonly payload?: {
    readonly summary: string;
    readonly source: string;
    readonly severity: 'critical' | 'error' | 'warning' | 'info';
    readonly timestamp: string;
    readonly component: string;
    readonly group: string;
    readonly class: string;
    readonly custom_details: { readonly [name: string]: string };
  };
  readonly links?: readonly { readonly href: string; readonly text: string }[];
};

const severityOf: { readonly [severity in Severity]: 'critical' | 'error' | 'warning' | 'info' } = {
  critical: 'critical',
  high: 'error',
  medium: 'warning',
  low: 'warning',
  info: 'info',
};
const summaryLimit = 1024;

/**
 * The event of a notice. INVARIANT: trigger, acknowledgement and end of one episode have the same
 * `dedup_key`, by which PagerDuty groups them. A test is a trigger, and its sender must end it with
 * `takenBack`.
 */
export const pagerDutyEvent = (notice: AlertNotice, routingKey: string): PagerDutyEvent => {
  const head = {
    routing_key: routingKey,
    event_action: notice.what === 'test' ? ('trigger' as const) : notice.what,
    dedup_key: episodeKeyOf(notice),
  };
  if (head.event_action !== 'trigger') return head;
  return {
    ...head,
    payload: {
      summary: headline(notice, summaryLimit),
      source: 'interlock',
      severity: severityOf[notice.severity],
      timestamp: notice.at,
      component: notice.name,
      group: notice.tenant_id,
      class: notice.name,
      custom_details: { detail: shownDetail(notice), ...Object.fromEntries(factsOf(notice)) },
    },
    ...(notice.runbook !== null && /^https?:\/\//.test(notice.runbook)
      ? { links: [{ href: notice.runbook, text: 'what to do' }] }
      : {}),
  };
};

/** The end of a test, so that it leaves no open incident. */
export const takenBack = ({ routing_key, dedup_key }: PagerDutyEvent): PagerDutyEvent => ({
  routing_key,
  event_action: 'resolve',
  dedup_key,
});
