import { describe, expect, it } from '@jest/globals';
import type { RecordedEvent } from '@interlock/kernel';
import {
  lintLoosens,
  lintSettingsDecider,
  lintStream,
  signingDecider,
  signingLoosens,
  signingStream,
} from '@interlock/policy';
import { Replay, type ReplayReport } from '../src/index.js';
import { wholeCatalogue } from './tampering/honest-log.js';
import { tenant, WrittenLog } from './written-log.js';

const replayed = (events: readonly RecordedEvent[]): ReplayReport => {
  const replay = new Replay({ whole: true });
  for (const event of events) if (!replay.take(event)) break;
  return replay.end();
};
/** The log with one event as if nobody had approved it. */
const unapproved = (events: readonly RecordedEvent[], place: number): readonly RecordedEvent[] => {
  const { metadata, ...event } = events[place]!;
  const { change: _change, ...rest } = metadata;
  return events.with(place, { ...event, metadata: rest });
};
const honest = await wholeCatalogue(1);
const applying = honest.flatMap(({ metadata, stream, type }, place) =>
  metadata.change === undefined || type.startsWith('Change')
    ? []
    : [[`${stream.split('-')[0]!} ${type}`, place] as const],
);
const byKind = [...new Map(applying.toReversed())];

describe('what loosens a setting', () => {
  it('is of these kinds in the honest log', () => {
    expect(byKind.map(([name]) => name).sort()).toEqual(
      expect.arrayContaining([
        'autonomy AutoApprovalConfigured',
        'autonomy AutonomyModeSet',
        'autonomy BudgetSet',
        'mcp_server McpServerRegistered',
        'mcp_server McpToolConfirmed',
        'rollout RolloutConfigured',
        'rota RotaSet',
        'team TeamDefined',
      ]),
    );
  });

  it.each(byKind)('is refused without the change that people approved: %s', (_, place) => {
    expect(replayed(unapproved(honest, place)).difference).toMatchObject({
      id: honest[place]!.id,
      kind: 'change',
    });
  });

  it('is refused likewise for the checks of bundles and the demand of signatures', () => {
    const log = new WrittenLog('2026-01-01T00:00:00.000Z', 60_000);
    const lint = (severity: 'error' | 'warning') =>
      ({
        kind: 'ConfigureLint',
        settings: { invariants: [], severities: { more_permissive: severity } },
      }) as const;
    const signing = (demand: readonly 'Ed25519'[]) => ({ kind: 'ConfigureSigning', demand }) as const;
    const [ofLint, ofSigning] = [lintStream(tenant), signingStream(tenant)];
    const strict = log.set(ofLint, lintSettingsDecider, lintLoosens, lint('error'));
    log.set(ofLint, lintSettingsDecider, lintLoosens, lint('warning'), strict);
    const signed = log.set(ofSigning, signingDecider, signingLoosens, signing(['Ed25519']));
    log.set(ofSigning, signingDecider, signingLoosens, signing([]), signed);
    const { events } = log;
    expect(replayed(events).difference).toBeNull();
    for (const stream of [ofLint, ofSigning]) {
      const place = events.findLastIndex((event) => event.stream === stream);
      expect(replayed(unapproved(events, place)).difference).toMatchObject({
        id: events[place]!.id,
        kind: 'change',
      });
    }
  });
});
