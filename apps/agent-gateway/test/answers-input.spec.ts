import { describe, expect, it } from '@jest/globals';
import type { ActionTypeV1, HandlerStep } from '@interlock/contracts';
import { HandlerClient, type CallResult } from '../src/handlers/handler-client.js';
import { Places } from '../src/handlers/places.js';

const type: ActionTypeV1 = {
  action_type: 'mail.sort',
  title: 'Sort a message',
  parameters_schema: { type: 'object' },
  impact_fields: [],
  reversible: true,
  read_only: false,
  external_contact: false,
  handler: {
    service: 'agent-gateway',
    name: 'mail.sort',
    endpoint: { kind: 'nats', steps: ['apply', 'status', 'observe'], timeout_ms: 1000, max_calls: 1 },
  },
};

/** What becomes of a call whose handler answers this text. */
const asked = (
  step: HandlerStep,
  body: string | Uint8Array,
  status = 200,
  places = new Places(1000),
): Promise<CallResult<HandlerStep>> =>
  new HandlerClient(
    { post: () => Promise.reject(new Error('nothing is posted here')) },
    { request: () => Promise.resolve({ status, bytes: Buffer.from(body) }) },
    { read: () => '' },
    places,
    { ask: () => Promise.reject(new Error('no tool is asked here')) },
  ).call({ step, tenant_id: 'demo', type, request_id: 'r', body: { action_id: 'a-1' } });

describe('a handler that failed five times', () => {
  it('is left alone, and the answer says with what it failed', async () => {
    const places = new Places(1000, () => 0);
    for (const status of [500, 500, 500, 500, 503]) await asked('apply', '{}', status, places);
    expect(await asked('apply', '{"status":"applied"}', 200, places)).toEqual({
      kind: 'not-sent',
      code: 'handler-left-alone',
      detail:
        'the handler failed five times in a row and is left alone for a while; the last failure: the handler answered 503',
      again: true,
    });
  });
});

describe('a refusal', () => {
  it('of 401 asks whether the handler has the secret', async () => {
    expect(await asked('apply', '', 401)).toEqual({
      kind: 'refused',
      detail:
        'the handler answered 401, so it refused the signature: is its secret the one of `interlock secrets put handler …`?',
      again: false,
    });
    expect(await asked('apply', '', 404)).toMatchObject({ detail: 'the handler answered 404' });
  });
});

describe('an answer about another action', () => {
  it('leaves the outcome unknown', async () => {
    expect(await asked('apply', '{"status":"applied","action_id":"a-2"}')).toEqual({
      kind: 'unknown',
      detail: 'the answer is for another action, `a-2`',
    });
    expect(await asked('apply', '{"status":"applied","action_id":"a-1"}')).toMatchObject({
      kind: 'answered',
    });
  });
});

describe('an answer that could not be kept as it was said', () => {
  it.each<[string, HandlerStep, string, string]>([
    ['no number at all', 'observe', '{"before":{"k":1e999},"after":{"k":1}}', '/before/k must be a number'],
    [
      'an id that loses digits',
      'apply',
      '{"status":"applied","undo":{"id":1234567890123456789}}',
      '/undo/id',
    ],
    ['a name twice', 'apply', '{"status":"failed","status":"applied"}', '/status'],
    ['NUL', 'plan', '{"diff":[{"path":"/a\\u0000","before":null,"after":null}]}', '/diff/0/path'],
    [
      'half a pair',
      'estimate_impact',
      '{"affected_entity_count":1,"neighbours":["\\ud800"]}',
      '/neighbours/0',
    ],
    ['a name of objects', 'apply', '{"status":"applied","undo":{"__proto__":{"a":1}}}', '/undo/__proto__'],
    [
      'a bottomless nest',
      'apply',
      `{"status":"applied","undo":${'['.repeat(99)}${']'.repeat(99)}}`,
      'deeper',
    ],
  ])('is not an answer: %s', async (_what, step, body, reason) => {
    const result = await asked(step, body);
    expect(result.kind).toBe('unknown');
    expect(result.kind === 'unknown' && result.detail).toContain(reason);
  });

  it.each<[string, string | Uint8Array, string]>([
    [
      'in Latin-1',
      Buffer.from('{"status":"applied","undo":"Z\u00fcrich"}', 'latin1'),
      'the text is not UTF-8',
    ],
    ['in UTF-16', Buffer.from('\ufeff{"status":"applied"}', 'utf16le'), 'the text is not UTF-8'],
    ['of HTML', '<html>Sign in</html>', 'the text is not JSON'],
  ])('is not an answer, and says so: %s', async (_what, body, reason) => {
    expect(await asked('apply', body)).toEqual({
      kind: 'unknown',
      detail: `the answer cannot be read: ${reason}`,
    });
  });

  it('without a body names its status', async () => {
    for (const status of [202, 204])
      expect(await asked('apply', '', status)).toEqual({
        kind: 'unknown',
        detail: `the handler answered ${status} without a body`,
      });
  });

  it('names every fault, each cut', async () => {
    const result = await asked('observe', `{"before":{"k":1e999,"${'n'.repeat(300)}":1e999},"after":[]}`);
    const detail = result.kind === 'unknown' ? result.detail : '';
    expect(detail).toContain('/before/k must be a number');
    expect(detail).toContain('/before/nnn');
    expect(detail.length).toBeLessThan(400);
  });

  it('is told from one that can: a figure rounded to -0, and a mark of the order of bytes', async () => {
    expect(await asked('observe', '\ufeff{"before":{"k":-0.0},"after":{"k":1}}')).toMatchObject({
      kind: 'answered',
    });
  });
});
