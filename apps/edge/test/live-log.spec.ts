import { describe, expect, it } from '@jest/globals';
import type { RecordedEvent } from '@interlock/kernel';
import { hears, LiveLog, noteOf } from '../src/live/live-log.js';

const event = (n: number, stream = `action-acme:${n}`): RecordedEvent => ({
  id: `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`,
  type: 'IntentAccepted',
  data: { secret: 'never told' },
  metadata: {
    $correlationId: 'c',
    $causationId: 'c',
    tenant_id: 'acme',
    actor: { kind: 'service', service: 'safety-rails' },
    schema_version: 1,
    occurred_at: '2026-11-20T03:00:00.000Z',
    command_id: 'c',
  },
  stream,
  revision: 0n,
  position: { commit: BigInt(n), prepare: BigInt(n) },
  created: '2026-11-20T03:00:00.000Z',
});
const at = (n: number) => ({ commit: BigInt(n), prepare: BigInt(n) });
const positions = (log: LiveLog, cursor: number) => log.after(cursor).notes.map(({ position }) => position);

describe('the notes of the live stream', () => {
  it('give the position of an event, and none of its content', () => {
    const note = noteOf(event(7));
    expect(note).toMatchObject({ topic: 'actions', id: '7', tenant_id: 'acme', position: '7' });
    expect(JSON.stringify(note)).not.toContain('secret');
    expect(noteOf(event(8, 'person-acme:x'))).toBeUndefined();
  });

  it('continue after a position that is still kept, and from the first kept one', () => {
    const log = new LiveLog(at(10), 3);
    for (const n of [11, 12, 13]) log.push(event(n));
    expect(log.from(at(12))).toEqual({ cursor: 2, gap: false });
    expect(positions(log, 2)).toEqual(['13']);
    expect(log.from(at(10))).toEqual({ cursor: 0, gap: false });
    expect(log.from(at(13))).toEqual({ cursor: 3, gap: false });
  });

  it('report a gap if some are dropped, and continue from now', () => {
    const log = new LiveLog(at(10), 3);
    expect(log.from(at(9))).toEqual({ cursor: 0, gap: true });
    expect(new LiveLog(null, 3).from(at(9))).toEqual({ cursor: 0, gap: false });
    for (const n of [11, 12, 13, 14]) log.push(event(n));
    expect(log.from(at(10))).toEqual({ cursor: 4, gap: true });
    expect(log.from(at(11))).toEqual({ cursor: 1, gap: false });
    expect(log.after(0)).toEqual({ gap: true, notes: [], cursor: 4 });
    expect(positions(log, 1)).toEqual(['12', '13', '14']);
  });

  it('report a gap to a listener that comes from the log before its restore to an older state', () => {
    const log = new LiveLog(at(10), 3);
    expect(log.from(at(11))).toEqual({ cursor: 0, gap: true });
    for (const n of [11, 12]) log.push(event(n));
    expect(log.from(at(12))).toEqual({ cursor: 2, gap: false });
    expect(log.from(at(13))).toEqual({ cursor: 2, gap: true });
  });

  it('begin without a gap if the log was empty', () => {
    const log = new LiveLog(null, 3);
    log.push(event(1));
    expect(log.from(at(0))).toEqual({ cursor: 0, gap: false });
  });

  it('wake waiting listeners', async () => {
    const log = new LiveLog(null);
    const more = log.more(log.end);
    log.push(event(1));
    await more;
    expect(positions(log, 0)).toEqual(['1']);
  });

  it("reach the tenant itself, and those of the system's stops reach everyone", () => {
    const topics = new Set(['actions', 'stops'] as const);
    const own = noteOf(event(1));
    const system = noteOf(event(2, 'kill_switch-_system:global'));
    const other = noteOf(event(3, 'action-_system:x'));
    if (own === undefined || system === undefined || other === undefined) throw new Error('no note');
    expect(hears(own, 'acme', topics)).toBe(true);
    expect(hears(own, 'acme', new Set(['stops']))).toBe(false);
    expect(hears(own, 'other', topics)).toBe(false);
    expect(hears(system, 'other', topics)).toBe(true);
    expect(hears(other, 'acme', topics)).toBe(false);
  });
});
