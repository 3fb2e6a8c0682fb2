import { readFileSync } from 'node:fs';

import { describe, expect, it } from '@jest/globals';
import { postureStreams, signalDecider, type SignalEvent } from '../src/index.js';
import { exampleEvents } from './golden.js';

describe('the events of posture', () => {
  const examples = JSON.parse(
    readFileSync(new URL('../../../fixtures/posture/events.json', import.meta.url), 'utf8'),
  ) as { readonly [type: string]: object };

  it('each have a checked-in example', () => {
    expect(Object.keys(examples).sort()).toEqual(
      postureStreams.flatMap(({ decider }) => decider.types).sort(),
    );
  });

  it('SignalReported of version 1 is still read', () => {
    const first = JSON.parse(
      readFileSync(new URL('../../../fixtures/posture/events.v1.json', import.meta.url), 'utf8'),
    ) as { readonly SignalReported: Extract<SignalEvent, { type: 'SignalReported' }>['data'] };
    // Its clock was 45 s slow, and a minute was allowed then.
    const event = {
      type: 'SignalReported' as const,
      data: first.SignalReported,
      revision: 0n,
      metadata: {
        $correlationId: 'c',
        $causationId: 'c',
        tenant_id: 'demo',
        actor: { kind: 'service' as const, service: 'posture' },
        schema_version: 1,
        occurred_at: '2026-01-01T11:59:15.000Z',
        command_id: 'c',
      },
    };
    expect(signalDecider.evolve(signalDecider.initial, event).report?.value).toBe(97.5);
  });

  it.each(Object.keys(examples))(
    '%s is written like its example; a changed shape needs a new schema version and an upcaster',
    (type) => expect(exampleEvents()[type]).toEqual(examples[type]),
  );
});
