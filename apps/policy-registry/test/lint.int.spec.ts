import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { codeOf, startRegistry, type Call } from './running.js';

let registry: Awaited<ReturnType<typeof startRegistry>>;
let call: Call;
const path = '/api/v1/policy/lint';
const text = `{ "version": "1.0.0", "rules": [
  { "id": "a", "agent": "*", "action": "cell_failover", "effect": "allow", "priority": 1, "reason": "short" },
  { "id": "b", "agent": "*", "action": "cell_failover", "effect": "deny", "priority": 1, "reason": "A reason long enough",
    "conditions": [{ "field": "parameters.nope", "op": "==", "value": 1 }] }
] }`;

beforeAll(async () => {
  registry = await startRegistry();
  ({ call } = registry);
});
afterAll(async () => { await registry.stop(); });

describe('POST /lint', () => {
  it('answers with each finding\'s place in the body as it was sent, by what the tenant\'s action types declare', async () => {
    const { status, body } = await call('POST', path, { body: text });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      passed: false, counts: { error: 1, warning: 1, info: 0 },
      findings: [{ check: 'invalid_conditions', rule_ids: ['b'], line: 4, column: 31 }, { check: 'missing_reasons', rule_ids: ['a'], line: 2, suggestion: { patch: [{ op: 'replace', path: '/rules/0/reason' }] } }],
    });
  });

  it('writes nothing, whatever is sent', async () => {
    const head = await registry.parts.log.store.head();
    for (const body of [text, '{"rules":[]}', '{"rules":[1]}', '{"rules":[{"id":7}],"more":null}']) expect((await call('POST', path, { body })).status).toBe(200);
    expect(await registry.parts.log.store.head()).toEqual(head);
  });

  it.each([['what is no JSON', '{"rules":', '400 malformed-json'], ['no body', undefined, '422 validation-failed'], ['no bundle', '{}', '422 validation-failed'], ['a list', '[]', '422 validation-failed'], ['a body that is too large', { rules: [], notes: 'x'.repeat(300_000) }, '413 payload-too-large']])('%s is refused', async (_, body, code) => {
    expect(codeOf(await call('POST', path, { body }))).toBe(code);
  });
});
