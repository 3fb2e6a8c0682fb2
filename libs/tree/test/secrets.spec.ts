import { describe, expect, it } from '@jest/globals';
import type { PlacedSecret } from '@interlock/contracts';
import { fold } from '@interlock/kernel';
import { secretDecider, secretStream, type SecretCommand } from '../src/index.js';

const gnb: PlacedSecret = {
  reference: 'file:gnb-1',
  destinations: ['192.0.2.1:830'],
  changed_at: '2026-01-01T00:00:00.000Z',
};
const found = (...secrets: readonly PlacedSecret[]): SecretCommand => ({
  kind: 'find_secrets',
  use: 'device',
  secrets,
});
/** The events of each look, one after the other. */
const looked = (...commands: readonly SecretCommand[]) => {
  let state = secretDecider.initial;
  return commands.map((command) => {
    const events = secretDecider.decide(command, state);
    state = fold(secretDecider, events, {}, state);
    return events.map(({ type, data }) => ({ type, ...data }));
  });
};

describe('the secrets in the log', () => {
  it('have a stream for each tenant and use', () =>
    expect(secretStream('demo', 'channel')).toBe('access-demo:secrets=channel'));

  it('are stored, bound and removed as a service finds them, once each', () => {
    expect(looked(found(gnb), found(gnb), found())).toEqual([
      [
        { type: 'SecretStored', use: 'device', reference: gnb.reference, changed_at: gnb.changed_at },
        { type: 'SecretBound', use: 'device', reference: gnb.reference, destinations: gnb.destinations },
      ],
      [],
      [{ type: 'SecretRemoved', use: 'device', reference: gnb.reference }],
    ]);
  });

  it('are stored again when the file was written, and bound again when the destinations changed', () => {
    const later = { ...gnb, changed_at: '2026-01-02T00:00:00.000Z' };
    const [, stored, bound, freed] = looked(
      found(gnb),
      found(later),
      found({ ...later, destinations: ['192.0.2.2'] }),
      found({ ...later, destinations: [] }),
    );
    expect(stored).toMatchObject([{ type: 'SecretStored', changed_at: later.changed_at }]);
    expect(bound).toMatchObject([{ type: 'SecretBound', destinations: ['192.0.2.2'] }]);
    expect(freed).toMatchObject([{ type: 'SecretBound', destinations: [] }]);
  });

  it('without a destination are only stored', () => {
    expect(looked(found({ ...gnb, destinations: [], changed_at: null }))).toEqual([
      [{ type: 'SecretStored', use: 'device', reference: gnb.reference, changed_at: null }],
    ]);
  });
});
