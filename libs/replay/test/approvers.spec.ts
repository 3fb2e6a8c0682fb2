import { describe, expect, it } from '@jest/globals';
import { modeDecider, modesLoosens, modeStream } from '@interlock/autonomy';
import type { RecordedEvent } from '@interlock/kernel';
import { Replay, type Difference } from '../src/index.js';
import { writeSetting } from './simulated-log/changes.ts';
import { Journal, person, tenant } from './simulated-log/journal.ts';

const log = new Journal(1);
writeSetting(
  log,
  { stream: modeStream(tenant), decider: modeDecider, loosens: modesLoosens(tenant) },
  { kind: 'SetMode', key: {}, mode: 'AUTO_EXECUTE' },
  person('ann'),
  person('bob'),
);
const approved = log.out.findIndex(({ type }) => type === 'ChangeApproved');
const { digest } = log.out[approved]!.data as { readonly digest: string };

/** The first finding in a log whose approval holds these rights. */
const foundWith = (approver: RecordedEvent['metadata']['approver']): Difference | null => {
  const event = log.out[approved]!;
  const metadata = { ...event.metadata, ...(approver === undefined ? {} : { approver }) };
  const replay = new Replay({ whole: true });
  for (const one of log.out.with(approved, { ...event, metadata })) if (!replay.take(one)) break;
  return replay.end().difference;
};

describe('an approval in the log', () => {
  it('replays with the scope that it needed and the digest that it was shown', () => {
    for (const scope of ['AUTONOMY_ADMIN', 'AUTONOMOUS_APPROVE'])
      expect(foundWith({ roles: [], scopes: ['AUTONOMOUS_READ', scope], shown: digest })).toBeNull();
  });

  it('replays without rights, which earlier releases did not write', () =>
    expect(foundWith(undefined)).toBeNull());

  it.each<readonly [string, string[], string | null, string]>([
    [
      'whose person did not have the scope',
      ['AUTONOMOUS_READ'],
      digest,
      'a person who approves has the scope that it needs',
    ],
    [
      'of something else than was shown',
      ['AUTONOMY_ADMIN'],
      'f'.repeat(64),
      'a person approves what they were shown',
    ],
    ['of which nothing was shown', ['AUTONOMY_ADMIN'], null, 'a person approves what they were shown'],
  ])('is found: %s', (_, scopes, shown, what) =>
    expect(foundWith({ roles: [], scopes, shown })).toMatchObject({ kind: 'approver', what }),
  );
});
