import { parseStream } from '@interlock/contracts';
import { uuidV5 } from '@interlock/kernel';
import { between, rule, runbookOf, seenOf, withKey, type Condition, type Seen } from '../rule.js';

type Failed = { readonly seen: Seen; readonly entity: string };
type Open = { readonly [incident: string]: Failed };

/**
 * The rollback of an action or of a response failed, so its changes may differ from the log. It
 * ends when a person has resolved its incident, or when the response was rolled back after all. A
 * bundle's failed rollback leaves no event, so the policy registry, which tries it, reports it.
 */
export const rollbackFailed = rule<Open>({
  name: 'rollback_failed',
  condition: 'A rollback failed, of an action, a response or a bundle',
  severity: 'critical',
  runbook: runbookOf('rollback_failed'),
  events: {
    action: ['ActionRollbackFailed'],
    response: ['ResponseUndoFailed', 'ResponseUndone'],
    incident: ['IncidentResolved'],
  },
  figures: [],
  initial: {},
  fold: (open, event) => {
    if (event.type === 'IncidentResolved')
      return withKey(open, parseStream(event.stream)?.id ?? '', undefined);
    if (event.type === 'ResponseUndone')
      return Object.fromEntries(
        Object.entries(open).filter(([, { seen }]) => seen.cause.stream !== event.stream),
      );
    const { entity_id } = event.data as { readonly entity_id?: string };
    return withKey(open, uuidV5('incident', event.id), { seen: seenOf(event), entity: entity_id ?? '' });
  },
  judge: (open) =>
    Object.values(open).map(({ seen, entity }): Condition => ({
      subject: seen.cause.stream,
      firing: seen.cause.event_id,
      severity: 'critical',
      detail:
        seen.cause.type === 'ResponseUndoFailed'
          ? `the response \`${parseStream(seen.cause.stream)?.id ?? ''}\` could not be taken back`
          : `the rollback of action \`${parseStream(seen.cause.stream)?.id ?? ''}\` on \`${entity}\` failed`,
      cause: seen.cause,
      evidence: between(seen),
    })),
});
