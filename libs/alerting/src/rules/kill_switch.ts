import { breakGlassPrefix } from '@interlock/contracts';
import type { RecordedEvent } from '@interlock/kernel';
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

const keyOf = ({ metadata: { actor } }: RecordedEvent): string | undefined =>
  actor.kind === 'service' && actor.service.startsWith(breakGlassPrefix)
    ? actor.service.slice(breakGlassPrefix.length)
    : undefined;

type Switch = {
  readonly engaged: boolean;
  readonly scope: string;
  /** The offline key that engaged it; absent if a person was logged in. */
  readonly key?: string;
  readonly seen: Seen;
  readonly since: Seen;
};

/**
 * A kill switch is engaged. Its release ends this alert and is shown for a while. The subject of
 * the engaged switch is its stream.
 */
export const killSwitch = rule<{ readonly [stream: string]: Switch }>({
  name: 'kill_switch',
  condition: 'A kill switch is engaged (critical); a release is shown for an hour (info)',
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
    const key = engaged ? keyOf(event) : undefined;
    const since = before === undefined ? seen : before.engaged === engaged ? before.since : seen;
    return withKey(switches, event.stream, {
      engaged,
      scope,
      ...(key === undefined ? {} : { key }),
      seen,
      since: engaged ? since : (before?.since ?? seen),
    });
  },
  judge: (switches, now, { told_h }) =>
    Object.entries(switches).flatMap(
      ([stream, { engaged, scope, key, seen, since }]): readonly Condition[] => {
        if (engaged)
          return [
            {
              subject: stream,
              firing: since.cause.event_id,
              severity: 'critical',
              detail: `the kill switch is engaged, scope ${scope}${key === undefined ? '' : `, by the break-glass key \`${key}\``}`,
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
      },
    ),
});
