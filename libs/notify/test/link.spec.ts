import { describe, expect, it } from '@jest/globals';
import { fold } from '@interlock/kernel';
import { forgedLinks, linkDecider, type LinkCommand } from '../src/index.js';

const open: Extract<LinkCommand, { readonly kind: 'open' }> = {
  kind: 'open',
  link_id: 'l-1',
  alert_id: 'a-1',
  channel_id: 'ops',
  page: '/approvals?id=x&digest=d',
  by: 'person:ann',
  expires_at: '2026-01-02T00:00:00.000Z',
  now: '2026-01-01T00:00:00.000Z',
};

describe('a one-time link', () => {
  it('opens once, and refuses and records every further opening', () => {
    const first = linkDecider.decide(open, linkDecider.initial);
    expect(first).toMatchObject([{ type: 'LinkOpened', data: { by: 'person:ann', page: open.page } }]);
    const opened = fold(linkDecider, first);
    expect(linkDecider.decide({ ...open, by: 'person:ben' }, opened)).toEqual([
      { type: 'LinkRefused', data: { link_id: 'l-1', reason: 'used', by: 'person:ben' } },
    ]);
  });

  it('opens before it expires, not at that time', () => {
    expect(linkDecider.decide({ ...open, now: open.expires_at }, linkDecider.initial)).toMatchObject([
      { type: 'LinkRefused', data: { reason: 'expired' } },
    ]);
    const last = { ...open, now: '2026-01-01T23:59:59.999Z' };
    expect(linkDecider.decide(last, linkDecider.initial)).toMatchObject([{ type: 'LinkOpened' }]);
  });

  it('records a forged one, and no more than a hundred in a stream', () => {
    const forged: LinkCommand = { kind: 'forged', link_id: 'f', by: 'person:eve' };
    let state = linkDecider.initial;
    let written = 0;
    for (let i = 0; i < 150; i += 1) {
      const events = linkDecider.decide(forged, state);
      written += events.length;
      state = fold(linkDecider, events, {}, state);
    }
    expect(written).toBe(100);
    expect(forgedLinks(open.now)).toBe('forged=2026-01-01');
  });
});
