import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { fold } from '@interlock/kernel';
import { alertDecider, incidentDecider, type AlertEvent } from '../src/index.js';
import { exampleEvents } from './golden.js';

describe('the events of alerting', () => {
  const examples = JSON.parse(
    readFileSync(new URL('../../../fixtures/alerting/events.json', import.meta.url), 'utf8'),
  ) as { readonly [type: string]: object };
  const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

  it('each have an example that is checked in', () => {
    const types = [...alertDecider.types, ...incidentDecider.types];
    expect(Object.keys(examples).sort()).toEqual([...types].sort());
  });

  it.each(
    [1, 2].flatMap((version) =>
      Object.entries(
        JSON.parse(
          readFileSync(
            new URL(`../../../fixtures/alerting/events.v${version}.json`, import.meta.url),
            'utf8',
          ),
        ) as { readonly [type: string]: object },
      ).map(([type, data]) => ({ type, version, data })),
    ),
  )('$type is read as version $version wrote it', ({ type, version, data }) => {
    expect(alertDecider.schemaVersions?.[type]).toBeGreaterThan(version);
    const fired = exampleEvents()['AlertFired']!;
    const before = type === 'AlertFired' ? [] : [{ type: 'AlertFired', data: fired } as AlertEvent];
    const state = fold(alertDecider, [...before, { type, data } as AlertEvent]);
    expect(state.status).toBe(
      { AlertFired: 'firing', AlertAcknowledged: 'acknowledged', AlertResolved: 'resolved' }[type],
    );
  });

  it.each(Object.keys(examples))(
    '%s is written as its example: another shape needs another schema version and an upcaster',
    (type) => {
      expect(plain(exampleEvents()[type])).toEqual(examples[type]);
    },
  );
});
