import { describe, expect, it } from '@jest/globals';
import { collect, InMemoryEventStore, asWriter } from '@interlock/kernel';
import { CommandRefusals, IntentRefusals } from '../src/people/refusal-records.js';

const refusal = (n: number) => ({
  request_id: `r-${n}`,
  tenant_id: 'demo',
  submitter: 'person:5f0c7b1e-3a52-4d0b-9c8e-6a1f2b3c4d5e',
  content_hash: 'b'.repeat(64),
  intent_id: `i-${n}`,
  codes: ['wrong-agent'],
  detail: 'the agent is not yours',
  violations: [{ pointer: '/agent', detail: 'must be an agent of the credential' }],
});

describe('refused intents', () => {
  it('are recorded singly up to the bound, and the rest as one number when the minute or the process ends', async () => {
    const log = new InMemoryEventStore(() => new Date().toISOString());
    const records = new IntentRefusals(asWriter(log, 'audit'), { warn: () => undefined }, 2);
    const answers = [];
    for (let n = 0; n < 5; n += 1) answers.push((await records.refused(refusal(n))).recorded);
    await records.stop();
    const events = await collect(log.readAll());
    const counts = events.map(({ data }) => (data as { readonly count: number }).count);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(5);
    expect(events[0]!.data).toMatchObject({
      intent_id: 'i-0',
      detail: 'the agent is not yours',
      violations: [{ pointer: '/agent', detail: 'must be an agent of the credential' }],
      count: 1,
    });
    expect(events.at(-1)!.data).toMatchObject({
      content_hash: null,
      intent_id: null,
      codes: ['wrong-agent'],
      detail: null,
      violations: [],
    });
    expect(answers.slice(0, 2)).toEqual([true, true]);
    expect(events[0]!.metadata.actor).toEqual({
      kind: 'person',
      person_id: '5f0c7b1e-3a52-4d0b-9c8e-6a1f2b3c4d5e',
    });
  });

  it('that are repeated by the same request are recorded once', async () => {
    const log = new InMemoryEventStore(() => new Date().toISOString());
    const records = new IntentRefusals(asWriter(log, 'audit'), { warn: () => undefined });
    await records.refused(refusal(1));
    await records.refused(refusal(1));
    await records.stop();
    expect(await collect(log.readAll())).toHaveLength(1);
  });
});

describe('refused commands of people', () => {
  it('are recorded with their path up to the bound, and the rest as one number', async () => {
    const log = new InMemoryEventStore(() => new Date().toISOString());
    const records = new CommandRefusals(asWriter(log, 'audit'), { warn: () => undefined }, 1);
    const refused = (n: number) =>
      records.refused({
        request_id: `c-${n}`,
        tenant_id: 'demo',
        person: 'person:5f0c7b1e-3a52-4d0b-9c8e-6a1f2b3c4d5e',
        command: 'POST /api/v1/changes/{change_id}/approve',
        path: `/api/v1/changes/c-${n}/approve`,
        code: 'same-person',
      });
    expect([await refused(1), await refused(2), await refused(3)].map(({ recorded }) => recorded)).toEqual([
      true,
      false,
      false,
    ]);
    await records.stop();
    const data = (await collect(log.readAll())).map((event) => event.data);
    expect(data).toMatchObject([
      { path: '/api/v1/changes/c-1/approve', code: 'same-person', count: 1 },
      { path: null, code: 'same-person', count: 2 },
    ]);
  });
});
