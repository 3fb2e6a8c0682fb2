import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { given } from '@interlock/kernel';
import { personDecider, personStream, type PersonEvent } from '../src/index.js';

const person_id = '5f0c7b1e-3a52-4d0b-9c8e-6a1f2b3c4d5e';
const erased: PersonEvent = { type: 'PersonErased', data: { person_id } };

describe('a person in the log', () => {
  it('is recorded as erased, as the example that is checked in', () => {
    const examples = JSON.parse(
      readFileSync(new URL('../../../fixtures/privacy/events.json', import.meta.url), 'utf8'),
    ) as { readonly [type: string]: object };
    const { events, state } = given(personDecider, []).when({ kind: 'record_erasure', person_id });
    expect(Object.fromEntries(events.map(({ type, data }) => [type, data]))).toEqual(examples);
    expect(state).toEqual({ erased_at: '2026-01-01T00:00:00.000Z' });
    expect(Object.keys(examples)).toEqual(personDecider.types);
  });

  it('is recorded once', () => {
    expect(given(personDecider, [erased]).when({ kind: 'record_erasure', person_id }).events).toEqual([]);
  });

  it('has a stream of its own in its tenant, owned by audit', () => {
    expect(personStream('demo', person_id)).toBe(`person-demo:${person_id}`);
  });
});
