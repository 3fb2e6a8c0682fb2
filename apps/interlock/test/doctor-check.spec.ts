import { describe, expect, it } from '@jest/globals';
import { ProblemError } from '@interlock/kernel';
import {
  clockFinding,
  examine,
  failed,
  isLocal,
  ok,
  withoutSecrets,
  type Part,
} from '../src/doctor/check.js';

type Open = { closed: number };
const partOf = (over: Partial<Part<Open>>, opened: Open = { closed: 0 }): Part<Open> => ({
  name: 'bus',
  open: () => Promise.resolve({ part: opened, found: 'let in' }),
  remedyOf: () => 'start it',
  close: (part) => {
    part.closed += 1;
    return Promise.resolve();
  },
  checks: [{ name: 'version', remedy: 'look at its log', look: () => ok('2.10') }],
  ...over,
});

describe('the checks of a part', () => {
  it('run while it is open, and it is closed after them', async () => {
    const opened = { closed: 0 };
    expect(await examine(partOf({}, opened), 1000)).toEqual([
      { name: 'bus reachable', status: 'ok', found: 'let in', remedy: null },
      { name: 'bus version', status: 'ok', found: '2.10', remedy: null },
    ]);
    expect(opened.closed).toBe(1);
  });

  it('are skipped if it cannot be opened, with the remedy of the part', async () => {
    const open = (): Promise<never> => Promise.reject(new Error('refused'));
    expect(await examine(partOf({ open }), 1000)).toEqual([
      { name: 'bus reachable', status: 'failed', found: 'refused', remedy: 'start it' },
      { name: 'bus version', status: 'skipped', found: '`bus reachable` failed', remedy: null },
    ]);
  });

  it("keep a problem's own remedy where the environment is wrong", async () => {
    const open = (): Promise<never> =>
      Promise.reject(new ProblemError('validation-failed', 'no address', { remedy: 'set it' }));
    expect((await examine(partOf({ open }), 1000))[0]).toEqual({
      name: 'bus reachable',
      status: 'failed',
      found: 'no address',
      remedy: 'set it',
    });
  });

  it('blame the variables where the environment is wrong and the problem has no remedy', async () => {
    const open = (): Promise<never> => Promise.reject(new ProblemError('validation-failed', 'no address'));
    expect((await examine(partOf({ open }), 1000))[0]?.remedy).toBe('correct the variables that are named');
  });

  it('give the remedy for a refused certificate before that of the part', async () => {
    const open = (): Promise<never> => Promise.reject(new Error('certificate has expired'));
    const tls = { authority: 'CA_FILE', address: 'BUS_URL' };
    expect((await examine(partOf({ open, tls }), 1000))[0]?.remedy).toContain('renew');
    expect((await examine(partOf({ open }), 1000))[0]?.remedy).toBe('start it');
  });

  it('are skipped with the reason if the installation has no such part', async () => {
    const results = await examine(partOf({ absent: 'NATS_URL is not set' }), 1000);
    expect(results.map(({ status, found }) => [status, found])).toEqual([
      ['skipped', 'NATS_URL is not set'],
      ['skipped', 'NATS_URL is not set'],
    ]);
  });

  it('fail if they throw, and the next one still runs', async () => {
    const throws = (): never => {
      throw new Error('odd');
    };
    const checks = [
      { name: 'version', remedy: 'look at its log', look: throws },
      { name: 'clock', remedy: 'look at its log', look: () => failed('late', 'use NTP') },
    ];
    expect((await examine(partOf({ checks }), 1000)).slice(1)).toEqual([
      { name: 'bus version', status: 'failed', found: 'odd', remedy: 'look at its log' },
      { name: 'bus clock', status: 'failed', found: 'late', remedy: 'use NTP' },
    ]);
  });

  it('are skipped if they need another one that failed', async () => {
    const checks = [
      { name: 'first', remedy: '', look: () => failed('off', 'turn it on') },
      { name: 'second', needs: 'first', remedy: '', look: () => ok('on') },
      { name: 'third', needs: 'second', remedy: '', look: () => ok('on') },
    ];
    const results = await examine(partOf({ checks }), 1000);
    expect(results.slice(1).map(({ status, found }) => [status, found])).toEqual([
      ['failed', 'off'],
      ['skipped', '`bus first` failed'],
      ['ok', 'on'],
    ]);
  });

  it('fail if they do not answer in time, and a part that opens too late is closed', async () => {
    const opened = { closed: 0 };
    let answer: () => void = () => undefined;
    const open: Part<Open>['open'] = () =>
      new Promise((resolve) => {
        answer = () => resolve({ part: opened, found: 'let in' });
      });
    const [first] = await examine(partOf({ open }, opened), 20);
    expect(first).toMatchObject({ status: 'failed', found: 'no answer within 0.02 s' });
    answer();
    await new Promise(setImmediate);
    expect(opened.closed).toBe(1);
  });
});

describe('the output', () => {
  it('contains no secret, neither as it is nor as an address has it', () => {
    const results = withoutSecrets(
      [
        {
          name: 'a',
          status: 'failed',
          found: 'user:top/secret@host, top%2Fsecret',
          remedy: 'not top/secret',
        },
        { name: 'b', status: 'ok', found: 'an ant', remedy: null },
      ],
      ['top/secret', '', 'an'],
    );
    expect(results.map(({ found, remedy }) => [found, remedy])).toEqual([
      ['user:***@host, ***', 'not ***'],
      ['an ant', null],
    ]);
  });
});

describe('a clock', () => {
  it.each([
    [900, 0, 'ok'],
    [1500, 600, 'ok'],
    [-3000, 0, 'warning'],
    [6000, 0, 'failed'],
  ] as const)('that is %d ms off, to %d ms, is %s', (skew, uncertain, status) =>
    expect(clockFinding(skew, uncertain).status).toBe(status),
  );

  it('is said to be ahead or behind', () => {
    expect(clockFinding(3000, 0).found).toContain('3.0 s ahead of');
    expect(clockFinding(-3000, 0).found).toContain('3.0 s behind');
  });
});

describe('a host', () => {
  it.each(['localhost', '127.0.0.1', '::1', '[::1]', '', '/run/postgresql'])('`%s` is this machine', (host) =>
    expect(isLocal(host)).toBe(true),
  );

  it.each(['nats', '10.0.0.1', 'localhost.example'])('`%s` is another machine', (host) =>
    expect(isLocal(host)).toBe(false),
  );
});
