import { describe, expect, it } from '@jest/globals';
import { severities } from '@interlock/contracts';
import { heldUntil, quietHoursFaults } from '../src/index.js';

const london = { time_zone: 'Europe/London', from: '22:00', to: '07:00' };
const office = { time_zone: 'Asia/Kolkata', from: '09:00', to: '17:30' };

describe('quiet hours', () => {
  it.each([
    ['a minute before they begin', '2026-01-10T21:59:59.999Z', null],
    ['as they begin', '2026-01-10T22:00:00.000Z', '2026-01-11T07:00:00.000Z'],
    ['at midnight', '2026-01-11T00:00:00.000Z', '2026-01-11T07:00:00.000Z'],
    ['within the last minute', '2026-01-11T06:59:59.999Z', '2026-01-11T07:00:00.000Z'],
    ['as they end', '2026-01-11T07:00:00.000Z', null],
    ['in summer, by the clocks there', '2026-07-10T21:30:00.000Z', '2026-07-11T06:00:00.000Z'],
    ['in summer, before they begin', '2026-07-10T20:59:00.000Z', null],
    ['in the night that clocks go forward', '2026-03-28T23:00:00.000Z', '2026-03-29T06:00:00.000Z'],
    ['in the night that clocks go back', '2026-10-24T22:00:00.000Z', '2026-10-25T07:00:00.000Z'],
  ])('over midnight: %s', (_, at, until) => expect(heldUntil(london, 'high', at)).toBe(until));

  it.each([
    ['before', '2026-01-10T03:29:00.000Z', null],
    ['at the start', '2026-01-10T03:30:00.000Z', '2026-01-10T12:00:00.000Z'],
    ['at the end', '2026-01-10T12:00:00.000Z', null],
  ])('within a day, in a zone of half hours: %s', (_, at, until) =>
    expect(heldUntil(office, 'low', at)).toBe(until),
  );

  it('end at the first existing minute if the clocks skip their end', () => {
    const gap = { time_zone: 'Europe/London', from: '23:00', to: '01:30' };
    expect(heldUntil(gap, 'low', '2026-03-29T00:30:00.000Z')).toBe('2026-03-29T01:30:00.000Z');
  });

  it('delay everything except critical alerts', () => {
    const held = severities.filter(
      (severity) => heldUntil(london, severity, '2026-01-11T03:00:00.000Z') !== null,
    );
    expect(held).toEqual(['info', 'low', 'medium', 'high']);
    expect(heldUntil(null, 'low', '2026-01-11T03:00:00.000Z')).toBeNull();
  });

  it.each([
    [{ ...london, time_zone: 'Mars/Olympus' }, ['/q/time_zone']],
    [{ ...london, from: '24:00' }, ['/q/from']],
    [{ ...london, to: '7:00' }, ['/q/to']],
    [{ ...london, to: '22:00' }, ['/q/to']],
    [{ time_zone: '', from: 'x', to: 'x' }, ['/q/time_zone', '/q/from', '/q/to', '/q/to']],
    [london, []],
  ])('%j has the faults %j', (quiet, pointers) =>
    expect(quietHoursFaults(quiet, '/q').map(({ pointer }) => pointer)).toEqual(pointers),
  );
});
