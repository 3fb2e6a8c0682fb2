import { describe, expect, it } from '@jest/globals';
import { appendsOf, idsIn, movedCopy, otherIds, renumbered, tenantCopy } from '../../bench/growth/copies.mjs';

const made = '01a1fd73-86b8-708f-a9b2-4fc7675c77db';
const hashed = 'e496124f-a4d3-531e-ba86-e6a994fe6eb6';
const copied = (text: string, copy: number, known?: Set<string>): string =>
  movedCopy(text, { ids: otherIds(copy, known), earlierMs: 0 });

describe('copies of recorded events', () => {
  it('have their own ids, which are consistent and of the same kind', () => {
    for (const id of [made, hashed]) {
      const [first, second] = copied(`${id} ${id}`, 1).split(' ');
      expect(first).toBe(second);
      expect(first).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-[57][0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/);
      expect(new Set([id, ...[1, 2, 3].map((copy) => copied(id, copy))]).size).toBe(4);
    }
  });

  it('keep the time in a time-based id', () => expect(copied(made, 7).slice(0, 13)).toBe(made.slice(0, 13)));

  it('keep ids that mean the same everywhere', () => {
    expect(idsIn(`x ${hashed}, ${made}`)).toEqual(new Set([hashed, made]));
    expect(copied(hashed, 3, new Set([hashed]))).toBe(hashed);
  });

  it('are moved back in time, and the days in them too', () => {
    const text = '{"stream":"trace-bench:2026-11-21","at":"2026-11-21T00:00:01.000Z","other":"2020-01-01"}';
    expect(movedCopy(text, { ids: otherIds(1), earlierMs: 2000 })).toBe(
      '{"stream":"trace-bench:2026-11-20","at":"2026-11-20T23:59:59.000Z","other":"2020-01-01"}',
    );
  });

  it('are appended stream by stream, evaluations before actions, leases apart', () => {
    const events = ['action-b:1', 'trace-b:d', 'evaluation-b:d', 'lease-b:all', 'action-b:1'].map(
      (stream, n) => ({ stream, n }),
    );
    const { appends, leases } = appendsOf(events);
    expect(appends.map(([stream, of]) => [stream, of.length])).toEqual([
      ['evaluation-b:d', 1],
      ['action-b:1', 2],
      ['trace-b:d', 1],
    ]);
    expect(leases.map(([stream]) => stream)).toEqual(['lease-b:all']);
  });

  it('release a lease by the number of its grant', () => {
    const events = [
      { type: 'LeaseGranted', data: { action_id: 'a' } },
      { type: 'LeaseGranted', data: { action_id: 'b' } },
      { type: 'LeaseReleased', data: { action_id: 'b', fencing: '1' } },
      { type: 'LeaseReleased', data: { action_id: 'a' } },
    ];
    expect(renumbered(events, 10n).map((event: { readonly data: object }) => event.data)).toEqual([
      { action_id: 'a' },
      { action_id: 'b' },
      { action_id: 'b', fencing: '11' },
      { action_id: 'a' },
    ]);
  });

  it('of a tenant belong to another tenant, whose user has its own key', () => {
    const line = JSON.stringify({
      stream: 'tenant-bench:registry',
      data: { tenant_id: 'bench', credential: 'service:nats.bench.upstream', public_key: 'UOLD' },
    });
    expect(
      tenantCopy([line], { tenant: 'bench', copy: 1, name: 't00001', publicKey: 'UOLD', key: 'UNEW' }),
    ).toEqual([
      {
        stream: 'tenant-t00001:registry',
        data: { tenant_id: 't00001', credential: 'service:nats.t00001.upstream', public_key: 'UNEW' },
      },
    ]);
  });
});
