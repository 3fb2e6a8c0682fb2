import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { checkRota, handoverMs, onCall, type Rota, type RotaOverride } from '../src/index.js';

const member = (name: string): Rota['members'][number] => ({ name, channels: [name], external_id: null });
const weekly: Rota = {
  time_zone: 'Europe/London',
  starts_on: '2026-03-23',
  handover: '09:00',
  weeks: 1,
  members: [member('ann'), member('ben'), member('cid')],
  source: null,
};
const iso = (ms: number): string => new Date(ms).toISOString();

/** What the zone's clocks show, by another way than the code's own. */
const clockOf = (ms: number, timeZone: string): string =>
  new Date(ms).toLocaleTimeString('en-GB', { timeZone, hour: '2-digit', minute: '2-digit' });

describe('a weekly rota', () => {
  it.each([
    ['2026-03-23T08:59:59.999Z', null],
    ['2026-03-23T09:00:00.000Z', 'ann'],
    // The clocks go forward on 29 March, so the handover is an hour earlier in UTC.
    ['2026-03-30T07:59:59.999Z', 'ann'],
    ['2026-03-30T08:00:00.000Z', 'ben'],
    ['2026-04-06T08:00:00.000Z', 'cid'],
    ['2026-04-13T08:00:00.000Z', 'ann'],
    // The clocks go back on 25 October.
    ['2026-10-26T08:59:59.999Z', 'ann'],
    ['2026-10-26T09:00:00.000Z', 'ben'],
  ])('says at %s that %s is on call', (at, name) => expect(onCall(weekly, at)).toBe(name));

  it('hands over once where the clocks show the time twice, and after the gap where they skip it', () => {
    const twice: Rota = { ...weekly, starts_on: '2026-10-18', handover: '01:30' };
    expect(onCall(twice, '2026-10-25T00:29:59.000Z')).toBe('ann');
    expect(onCall(twice, '2026-10-25T00:30:00.000Z')).toBe('ben');
    expect(onCall(twice, '2026-10-25T01:10:00.000Z')).toBe('ben');
    expect(onCall(twice, '2026-10-25T01:40:00.000Z')).toBe('ben');
    const skipped: Rota = { ...weekly, starts_on: '2026-03-22', handover: '01:30' };
    expect(onCall(skipped, '2026-03-29T01:29:59.000Z')).toBe('ann');
    expect(onCall(skipped, '2026-03-29T01:30:00.000Z')).toBe('ben');
  });

  it('lets the override that was made last win, from its beginning to before its end', () => {
    const overrides: readonly RotaOverride[] = [
      {
        override_id: '1',
        member: 'cid',
        from: '2026-03-24T00:00:00.000Z',
        until: '2026-03-26T00:00:00.000Z',
      },
      {
        override_id: '2',
        member: 'ben',
        from: '2026-03-25T00:00:00.000Z',
        until: '2026-03-25T12:00:00.000Z',
      },
    ];
    const at = (text: string): string | null => onCall(weekly, `2026-03-${text}:00.000Z`, overrides);
    expect(at('23T23:59')).toBe('ann');
    expect(at('24T00:00')).toBe('cid');
    expect(at('25T11:59')).toBe('ben');
    expect(at('25T12:00')).toBe('cid');
    expect(at('26T00:00')).toBe('ann');
  });

  const zones = [
    'UTC',
    'Europe/London',
    'America/New_York',
    'Australia/Lord_Howe',
    'Asia/Kolkata',
    'Pacific/Apia',
    'America/Sao_Paulo',
    'Africa/Casablanca',
  ];
  const rotas = fc.record({
    time_zone: fc.constantFrom(...zones),
    starts_on: fc
      .integer({ min: 0, max: 2000 })
      .map((day) => iso(Date.UTC(2024, 0, 1) + day * 86_400_000).slice(0, 10)),
    handover: fc
      .tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }))
      .map((clock) => clock.map((n) => `${n}`.padStart(2, '0')).join(':')),
    weeks: fc.integer({ min: 1, max: 4 }),
    members: fc.integer({ min: 1, max: 5 }).map((n) => Array.from({ length: n }, (_, i) => member(`m${i}`))),
    source: fc.constant(null),
  });
  const hour = 3_600_000;

  it('has turns in their order, which meet without a gap, for every zone, clock and time', () => {
    fc.assert(
      fc.property(
        rotas,
        fc.integer({ min: 0, max: 300 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (rota, n, part) => {
          const [from, until] = [handoverMs(rota, n), handoverMs(rota, n + 1)];
          const name = `m${n % rota.members.length}`;
          const within = Math.min(until - 1, Math.floor(from + (until - from) * part));
          for (const at of [from, within, until - 1]) expect(onCall(rota, iso(at))).toBe(name);
          expect(onCall(rota, iso(until))).toBe(`m${(n + 1) % rota.members.length}`);
          if (n === 0) expect(onCall(rota, iso(from - 1))).toBeNull();
        },
      ),
      { numRuns: 300 },
    );
  });

  /** True if no minute around an instant shows the time on the zone's clocks of that day. */
  const isSkipped = (at: number, clock: string, timeZone: string): boolean => {
    const day = (ms: number): string => new Date(ms).toLocaleDateString('en-GB', { timeZone });
    for (let ms = at - 3 * hour; ms <= at + 3 * hour; ms += 60_000)
      if (day(ms) === day(at) && clockOf(ms, timeZone) === clock) return false;
    return true;
  };

  it('hands over at the same time by the local clocks, and later only where they skip it', () => {
    fc.assert(
      fc.property(rotas, fc.integer({ min: 0, max: 300 }), (rota, n) => {
        const at = handoverMs(rota, n);
        const shown = clockOf(at, rota.time_zone);
        if (shown !== rota.handover) expect(isSkipped(at, rota.handover, rota.time_zone)).toBe(true);
        else expect(clockOf(at, rota.time_zone)).toBe(rota.handover);
      }),
      { numRuns: 300 },
    );
  });
});

describe('a rota', () => {
  it('names every fault', () => {
    expect(checkRota(weekly)).toEqual([]);
    const pointers = checkRota({
      time_zone: 'Mars/Base',
      starts_on: '2026-02-30',
      handover: '25:00',
      weeks: 0,
      members: [
        { name: 'Ann', channels: [], external_id: null },
        { name: 'ben', channels: ['ops'], external_id: 'P1' },
        { name: 'ben', channels: ['ops'], external_id: 'P2' },
      ],
      source: { kind: 'pagerduty', schedule_id: 'a b', api_url: 'ftp://x', token_ref: 'secret' },
    }).map(({ pointer }) => pointer);
    expect(pointers).toEqual([
      '/time_zone',
      '/starts_on',
      '/handover',
      '/weeks',
      '/members/0/name',
      '/members/0/channels',
      '/members/0/external_id',
      '/members/2/name',
      '/source/api_url',
      '/source/schedule_id',
      '/source/token_ref',
    ]);
  });
});
