import type { Severity, Timestamp } from '@interlock/contracts';

/**
 * What is told of an alert: that it fires, that someone looks at it, that it is over; `test` is of
 * a channel.
 */
export type NoticeKind = 'trigger' | 'acknowledge' | 'resolve' | 'test';

/**
 * What a channel is given to tell. `evidence`: positions of the log, `runbook`: where the steps to
 * take are.
 */
export type Notice = {
  readonly tenant_id: string;
  readonly alert_id: string;
  readonly episode: number;
  readonly what: NoticeKind;
  readonly dedup_key: string;
  readonly name: string;
  readonly severity: Severity;
  readonly detail: string;
  readonly at: Timestamp;
  readonly by: string | null;
  readonly evidence: { readonly from: string; readonly to: string } | null;
  readonly runbook: string | null;
};

/**
 * By which receivers tell a repeat: the alert, its episode, what is told, and the severity where it
 * rose within the episode. A notice that is sent twice has the same key twice.
 */
export const dedupKeyOf = (
  alertId: string,
  episode: number,
  what: NoticeKind,
  raisedTo: Severity | null = null,
): string => `${alertId}:${episode}:${what}${raisedTo === null ? '' : `:${raisedTo}`}`;

/** What an episode of an alert is named where trigger, acknowledgement and end must meet. */
export const episodeKeyOf = ({ tenant_id, alert_id, episode }: Notice): string =>
  `interlock/${tenant_id}/${alert_id}/${episode}`;

const told = { trigger: 'FIRING', acknowledge: 'ACKNOWLEDGED', resolve: 'RESOLVED', test: 'TEST' } as const;

/**
 * One line that says it, without line breaks:
 * `[FIRING] critical kill_switch (demo): the kill switch is engaged`.
 */
export const headline = ({ what, severity, name, tenant_id, detail }: Notice, most = 200): string => {
  const line = `[${told[what]}] ${severity} ${name} (${tenant_id}): ${detail}`.replace(/\s+/g, ' ').trim();
  const characters = [...line];
  return characters.length <= most ? line : `${characters.slice(0, most - 1).join('')}…`;
};

/** The facts of a notice, in the order in which they are shown. */
export const factsOf = (notice: Notice): readonly (readonly [string, string])[] => [
  ['tenant', notice.tenant_id],
  ['severity', notice.severity],
  ['alert', notice.alert_id],
  ['episode', `${notice.episode}`],
  ['at', notice.at],
  ...(notice.by === null ? [] : [['by', notice.by] as const]),
  ...(notice.evidence === null
    ? []
    : [['evidence', `log positions ${notice.evidence.from} to ${notice.evidence.to}`] as const]),
  ...(notice.runbook === null ? [] : [['runbook', notice.runbook] as const]),
  ['key', notice.dedup_key],
];
