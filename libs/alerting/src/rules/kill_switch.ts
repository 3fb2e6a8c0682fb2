import {
  between,
  elapsedMs,
  hourMs,
  rule,
  runbookOf,
  seenOf,
  withKey,
  type Condition,
  type Seen,
} from '../rule.js';

type Switch = {
  readonly engaged: boolean;
  readonly scope: string;
  readonly seen: Seen;
  readonly since: Seen;
};

/** A kill switch is engaged; its release ends that and is told for a while. The subject of the engaged one is its stream, as it always was. */
export const killSwitch = rule<{ readonly [stream: string]: Switch }>({
  name: 'kill_switch',
  condition: 'A kill switch is engaged (critical); a release is told for an hour (info)',
  severity: 'critical',
  runbook: runbookOf('kill_switch'),
  events: { kill_switch: ['KillSwitchEngaged', 'KillSwitchReleased'] },
  figures: ['told_h'],
  initial: {},
  fold: (switches, event) => {
    const before = switches[event.stream];
    const engaged = event.type === 'KillSwitchEngaged';
    const { scope = '' } = event.data as { readonly scope?: string };
    const seen = seenOf(event);
    const since = before === undefined ? seen : before.engaged === engaged ? before.since : seen;
    return withKey(switches, event.stream, {
      engaged,
      scope,
      seen,
      since: engaged ? since : (before?.since ?? seen),
    });
  },
  judge: (switches, now, { told_h }) =>
    Object.entries(switches).flatMap(([stream, { engaged, scope, seen, since }]): readonly Condition[] => {
      if (engaged)
        return [
          {
            subject: stream,
            firing: since.cause.event_id,
            severity: 'critical',
            detail: `the kill switch is engaged, scope ${scope}`,
            cause: seen.cause,
            evidence: between(since, seen),
          },
        ];
      if (elapsedMs(seen.at, now) >= told_h * hourMs) return [];
      return [
        {
          subject: `${stream} released`,
          firing: seen.cause.event_id,
          severity: 'info',
          detail: `the kill switch was released, scope ${scope}`,
          cause: seen.cause,
          evidence: between(since, seen),
        },
      ];
    }),
});
