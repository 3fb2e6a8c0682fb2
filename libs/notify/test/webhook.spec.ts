import { describe, expect, it } from '@jest/globals';
import { fold } from '@interlock/kernel';
import { webhookDecider } from '../src/index.js';

const register = (webhook_id: string) => ({
  kind: 'register' as const,
  webhook_id,
  owner: 'service:bot',
  requesters: ['service:bot'],
  url: 'https://a.example/x',
});

describe('a second webhook for an address', () => {
  it('is refused with the id of the first and how its secret is printed', () => {
    const before = fold(webhookDecider, webhookDecider.decide(register('w-1'), webhookDecider.initial));
    expect(() => webhookDecider.decide(register('w-2'), before)).toThrow(
      expect.objectContaining({
        code: 'already-exists',
        detail: 'your webhook `w-1` has this address already',
        remedy: expect.stringContaining('interlock webhooks secret w-1') as unknown,
      }),
    );
  });
});
