import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { alertDecider, incidentDecider } from '../src/index.js';
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

  it.each(Object.keys(examples))(
    '%s is written as its example: another shape needs another schema version and an upcaster',
    (type) => expect(plain(exampleEvents()[type])).toEqual(examples[type]),
  );
});
