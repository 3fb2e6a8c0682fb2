import { describe, expect, it } from '@jest/globals';
import { wasDecided } from '../src/action/words.js';
import {
  aboutText,
  deliveryText,
  groupOf,
  isLoud,
  severityCounts,
  resolveOff,
  silencedLook,
  untilText,
} from '../src/alerts/words.js';
import { budgetIn, fieldsOfBudget, type Budget } from '../src/autonomy/limits/budgets.js';
import { credentialText, namedCredential, namesFault, namesIn } from '../src/register/credentials.js';
import { isAccount } from '../src/autonomy/modes/modes.js';
import { atShift, moveText, shiftText, targetIn } from '../src/autonomy/limits/threshold-words.js';

const now = Date.parse('2026-11-20T03:00:00.000Z');

describe('an alert beside the navigation', () => {
  const alert = { status: 'firing', severity: 'high', silenced_until: null } as const;
  const until = (silenced_until: string) => ({ ...alert, silenced_until });

  it('counts from medium on, until it is over', () => {
    expect(isLoud(alert, now)).toBe(true);
    expect(isLoud({ ...alert, status: 'acknowledged', severity: 'medium' }, now)).toBe(true);
    expect(isLoud({ ...alert, severity: 'low' }, now)).toBe(false);
    expect(isLoud({ ...alert, status: 'resolved' }, now)).toBe(false);
  });

  it('counts not while it is silenced, and again when the silence has ended', () => {
    expect(isLoud(until('2026-11-20T03:00:00.001Z'), now)).toBe(false);
    expect(isLoud(until('2026-11-20T03:00:00.000Z'), now)).toBe(true);
    expect(silencedLook(until('2026-11-20T03:00:00.001Z'), now)?.word).toBe('Silenced');
    expect(silencedLook(until('2026-11-20T02:59:59.999Z'), now)).toBeUndefined();
  });

  it('counts always where it is critical: nobody silences that away', () =>
    expect(isLoud({ ...until('2026-11-21T00:00:00.000Z'), severity: 'critical' }, now)).toBe(true));
});

describe('the groups of the list of alerts', () => {
  const alert = { status: 'firing', silenced_until: null };

  it('put an ended alert last, and a silenced one apart until the silence ends', () => {
    expect(groupOf(alert, now)).toBe('firing');
    expect(groupOf({ ...alert, status: 'acknowledged' }, now)).toBe('acknowledged');
    const silenced = { ...alert, status: 'acknowledged', silenced_until: '2026-11-20T03:00:01.000Z' };
    expect(groupOf(silenced, now)).toBe('silenced');
    expect(groupOf(silenced, now + 1000)).toBe('acknowledged');
    expect(groupOf({ ...silenced, status: 'resolved' }, now)).toBe('ended');
  });

  it('are counted by severity, the worst first', () => {
    expect(severityCounts([{ severity: 'low' }, { severity: 'critical' }, { severity: 'low' }])).toEqual([
      ['critical', 1],
      ['low', 2],
    ]);
    expect(severityCounts([])).toEqual([]);
  });
});

describe('what a person may do about an alert', () => {
  it('is to resolve only what shows that the log was changed; everything else ends by itself', () => {
    expect(resolveOff({ name: 'log_tampered' })).toBeUndefined();
    expect(resolveOff({ name: 'budget_high' })).toBe('It ends automatically when its condition clears');
  });

  it('is to resolve an incident, but for one whose cause goes on', () => {
    expect(resolveOff({ stands: false })).toBeUndefined();
    expect(resolveOff({ stands: true })).toBe('Its condition continues; the incident ends with it');
  });

  it('names the end of a silence with its duration, in the zone of the browser too where it is another', () => {
    expect(untilText(now + 2 * 3_600_000, now, 'UTC')).toBe('until 05:00:00 UTC, 2 h');
    expect(untilText(now + 2 * 3_600_000, now, 'Europe/Stockholm')).toMatch(
      /^until 05:00:00 UTC, \S+.* in your zone \(Europe\/Stockholm\), 2 h$/,
    );
  });

  it('tells of a channel what it took, and when it is tried next', () => {
    const failed = { what: 'trigger', state: 'pending', attempts: 3, next_at: '2026-11-20T03:01:00.000Z' };
    expect(deliveryText(failed, 'utc')).toBe('trigger, pending, attempt 3; next 03:01:00');
    expect(deliveryText({ ...failed, state: 'delivered', attempts: 1, next_at: null }, 'utc')).toBe(
      'trigger, delivered',
    );
  });
});

describe('what an alert is about', () => {
  it('is its title, and its detail where the title only repeats the name', () => {
    const alert = { name: 'person_asked', title: 'person_asked', detail: 'an action waits' };
    expect(aboutText(alert)).toBe('an action waits');
    expect(aboutText({ ...alert, title: 'A person is asked' })).toBe('A person is asked');
  });
});

describe('what people have decided', () => {
  it('is what has ended after a yes, with a note or without one, or after a note', () => {
    expect(wasDecided({ state: 'COMPLETED', answered: true })).toBe(true);
    expect(wasDecided({ state: 'REJECTED', answered: true })).toBe(true);
    expect(wasDecided({ state: 'COMPLETED', answered: false })).toBe(false);
    expect(wasDecided({ state: 'EXECUTING', answered: true })).toBe(false);
  });
});

describe('a budget as a person writes it', () => {
  const before: Budget = {
    pk: '',
    sk: 'BUDGET#CONFIG',
    tenant_id: 'demo',
    account_id: 'ran-north',
    updated_at: '2026-11-20T03:00:00.000Z',
    max_autonomous_per_day: 40,
    max_per_action_type: { cell_failover: 12, qos_tune: 5 },
    decay_if_unused: true,
    max_amounts_per_day: { cost: 500 },
  };

  it('keeps all that the form does not show', () => {
    const fields = { ...fieldsOfBudget(before, 'cell_failover'), type: '20' };
    expect(fields.day).toBe('40');
    expect(budgetIn(fields, before, 'cell_failover')).toEqual({
      max_autonomous_per_day: 40,
      max_per_action_type: { cell_failover: 20, qos_tune: 5 },
      decay_if_unused: true,
      max_amounts_per_day: { cost: 500 },
    });
  });

  it('takes the limit of a type away where none is written, and leaves the others', () => {
    expect(budgetIn({ day: '1,000', type: ' ', decay: false }, before, 'cell_failover')).toMatchObject({
      max_autonomous_per_day: 1000,
      max_per_action_type: { qos_tune: 5 },
    });
    expect(budgetIn({ day: '7', type: '', decay: false }, before, undefined)).toMatchObject({
      max_per_action_type: { cell_failover: 12, qos_tune: 5 },
    });
  });

  it('says what is wrong with it', () => {
    expect(fieldsOfBudget(undefined, 'cell_failover')).toEqual({ day: '', type: '', decay: false });
    expect(budgetIn({ day: '', type: '', decay: false }, undefined, undefined)).toBe(
      'Enter a number of actions a day',
    );
    for (const day of ['-1', '1.5', 'many', '1000000001'])
      expect(budgetIn({ day, type: '', decay: false }, undefined, undefined)).toMatch(
        /^A limit must be a whole/,
      );
    expect(budgetIn({ day: '0', type: '', decay: false }, undefined, 'qos_tune')).toEqual({
      max_autonomous_per_day: 0,
      max_per_action_type: {},
      decay_if_unused: false,
    });
  });
});

describe('confidence that adapts', () => {
  const configured = { LOW: 0.7, MEDIUM: 0.85, HIGH: 0.95 };

  it('says what a signature changes, and nothing of what stays', () => {
    expect(moveText({ configured, effective: configured }, -0.02)).toBe(
      'LOW 0.7 → 0.68, MEDIUM 0.85 → 0.83, HIGH 0.95 → 0.93',
    );
    const high = { LOW: 0.7, MEDIUM: 0.85, HIGH: 1 };
    expect(moveText({ configured: high, effective: { ...high, LOW: 0.75, MEDIUM: 0.9 } }, 0.03)).toBe(
      'LOW 0.75 → 0.73, MEDIUM 0.9 → 0.88',
    );
  });

  it('stays within 0 and 1', () => {
    expect([atShift(0.95, 0.1), atShift(0.05, -0.1), atShift(0.7, 0.1)]).toEqual([1, 0, 0.8]);
    expect([shiftText(0.02), shiftText(-0.01), shiftText(0)]).toEqual(['+0.02', '−0.01', '0']);
  });

  it('takes a target from 50 to 100 %', () => {
    expect([targetIn('97'), targetIn(' 99.5 '), targetIn('50'), targetIn('100')]).toEqual([
      0.97, 0.995, 0.5, 1,
    ]);
    expect(['49.99', '100.01', '0.97', '', 'x'].map(targetIn)).toEqual(Array(5).fill(undefined));
  });
});

describe('names', () => {
  it('of agents are read apart by commas or spaces, each once, and said where one is none', () => {
    expect(namesIn(' mailer, night  mailer,')).toEqual(['mailer', 'night']);
    expect(namesIn(' ')).toEqual([]);
    expect(namesFault(['mailer', '*'])).toBeUndefined();
    expect(namesFault(['mailer', 'Night'])).toMatch(/^“Night” is not a valid name/);
  });

  it('of credentials are those that they are revoked by; a person has none', () => {
    expect(namedCredential('service:nats.demo.ran')).toEqual({ kind: 'bus', name: 'demo.ran' });
    expect(namedCredential('service:mailer')).toEqual({ kind: 'service', name: 'mailer' });
    expect(namedCredential('person:0192f7aa')).toBeUndefined();
    expect(credentialText('person:0192f7aa-0000')).toBe('a person, 0192f7aa');
    expect(credentialText('service:nats.demo.ran')).toBe('user of the bus demo.ran');
  });

  it('of accounts are those of the API', () => {
    expect(['ran-north', 'a', '0.x_y'].every(isAccount)).toBe(true);
    expect(['', '_all', 'Ran', '-x', 'a'.repeat(64)].some(isAccount)).toBe(false);
  });
});
