import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { collect, type EventStore } from '@interlock/kernel';
import { encodeCursor } from '@interlock/postgres';
import { startLedger, type Ledger } from './ledger-fixture.js';
import { unseenNames } from './unseen-names.js';

type Case = {
  readonly id: string;
  readonly input: Record<string, unknown>;
  readonly expect: Record<string, unknown>;
};
const casesOf = (suite: string): readonly Case[] =>
  (
    JSON.parse(
      readFileSync(new URL(`../../../fixtures/acceptance/${suite}.json`, import.meta.url), 'utf8'),
    ) as { cases: Case[] }
  ).cases;

let faulty = false;
/** A log whose calls fail with an error that must not be seen outside, while `faulty`. */
const breakable = (store: EventStore): EventStore =>
  new Proxy(store, {
    get: (target, name) => {
      if (faulty && (name === 'append' || name === 'read' || name === 'readAll' || name === 'head'))
        return () => {
          throw new Error('table missing at /srv/x.ts:10');
        };
      const member: unknown = Reflect.get(target, name);
      return typeof member === 'function' ? (member.bind(target) as unknown) : member;
    },
  });

let ledger: Ledger;
beforeAll(async () => {
  ledger = await startLedger(breakable);
});
afterAll(async () => {
  await ledger.stop();
});

describe("the admin API, as the seed's cases have it", () => {
  const query: Record<string, string> = { '/budget/state': '?account_id=a1', '/budget': '?account_id=a1' };

  for (const { id, input, expect: wanted } of casesOf('autonomy_admin_api')) {
    it(id, async () => {
      const [method, path] = (input['call'] as string).split(' ') as [string, string];
      faulty = 'service' in input;
      try {
        const answer = await ledger.call(
          method,
          `${path}${query[path] ?? ''}`,
          input['admin'] === false ? { scopes: ['AUTONOMOUS_READ'] } : {},
        );
        if (wanted['status'] !== undefined) expect(answer.status).toBe(wanted['status']);
        if (wanted['status_in'] !== undefined) expect(wanted['status_in']).toContain(answer.status);
        if (wanted['status_class'] !== undefined)
          expect(Math.floor(answer.status / 100)).toBe(wanted['status_class']);
        if (wanted['body.error'] !== undefined) expect(answer.body['error']).toBe(wanted['body.error']);
        for (const leak of (wanted['body_contains_none_of'] ?? []) as string[])
          expect(answer.text).not.toContain(leak);
      } finally {
        faulty = false;
      }
    });
  }

  it('answers 401 without a token, for every route', async () => {
    const routes = [
      'GET /config',
      'PUT /config',
      'DELETE /config',
      'GET /budget',
      'PUT /budget',
      'DELETE /budget',
      'GET /budget/state',
      'GET /auto-approval',
      'PUT /auto-approval',
    ];
    const answers = await Promise.all(
      routes.map((route) => ledger.call(...(route.split(' ') as [string, string]), { token: false })),
    );
    expect(answers.map(({ status }) => status)).toEqual(routes.map(() => 401));
  });

  it('hides a fault of a write too', async () => {
    faulty = true;
    const answer = await ledger.call('PUT', '/config', { body: { mode: 'DISABLED', reason: 'a test' } });
    faulty = false;
    expect([answer.status, answer.body['error'], answer.text.includes('x.ts')]).toEqual([
      500,
      'Internal server error',
      false,
    ]);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
  });

  it('mode.bad and budget.negative are refused with the fault named', async () => {
    const mode = await ledger.call('PUT', '/config', {
      body: {
        reason: 'a test',
        mode: (
          casesOf('autonomy_precedence').find(({ id }) => id === 'mode.bad')!.input['put'] as { mode: string }
        ).mode,
      },
    });
    const budget = await ledger.call('PUT', '/budget', {
      body: {
        account_id: 'a1',
        ...(casesOf('budget').find(({ id }) => id === 'budget.negative')!.input['put'] as object),
      },
    });
    expect([mode.status, mode.body['code'], mode.body['violations']]).toMatchObject([
      422,
      'validation-failed',
      [{ pointer: '/mode' }],
    ]);
    expect([budget.status, budget.body['violations']]).toMatchObject([
      422,
      [{ pointer: '/max_autonomous_per_day' }],
    ]);
  });
});

describe('modes over HTTP', () => {
  it('are put, listed, and removed, with an event by an opaque person for each', async () => {
    const asked = Date.now();
    const put = await ledger.call('PUT', '/config', {
      body: { account_id: 'a1', action_type: 'cell_failover', mode: 'AUTO_EXECUTE', reason: 'a test' },
    });
    // What was decided under the previous mode starts within five seconds, or never.
    expect(Date.parse(String(put.body['effective_by']))).toBeGreaterThanOrEqual(asked + 5000);
    expect([put.status, put.body]).toMatchObject([
      200,
      {
        pk: 'TENANT#demo#ACCOUNT#a1',
        sk: 'AUTONOMY#cell_failover',
        mode: 'AUTO_EXECUTE',
        policy_version: 'AutonomyModeConfigV1',
      },
    ]);
    const position = put.body['position'] as string;
    const listed = await ledger.call('GET', '/config?account_id=a1', {
      headers: { 'interlock-min-position': position },
    });
    expect(listed.body).toMatchObject({
      items: [{ mode: 'AUTO_EXECUTE', account_id: 'a1' }],
      next: null,
      time_zone: 'UTC',
    });
    expect(
      (await ledger.call('GET', '/config?account_id=a1&action_type=cell_failover')).body['effective'],
    ).toMatchObject({ mode: 'AUTO_EXECUTE', matched_level: 1 });
    expect(
      (await ledger.call('GET', '/explain?account_id=a1&action_type=cell_failover&entity_id=cell-1')).body,
    ).toMatchObject({
      mode: 'AUTO_EXECUTE',
      matched_level: 1,
      decided_by: { account_id: 'a1', action_type: 'cell_failover', updated_by: put.body['updated_by'] },
      levels: [{ outcome: 'decided' }, {}, {}, {}, { tenant_id: '_system', outcome: 'not_configured' }],
    });
    expect((await ledger.call('GET', '/explain?account_id=A%201')).body['violations']).toMatchObject([
      { pointer: '/account_id' },
      { pointer: '/action_type' },
    ]);
    expect(
      (await ledger.call('DELETE', '/config?account_id=a1&action_type=cell_failover')).body,
    ).toMatchObject({ removed: true });
    expect(
      (await ledger.call('DELETE', '/config?account_id=a1&action_type=cell_failover')).body,
    ).toMatchObject({ removed: false });
    expect((await ledger.call('GET', '/config?account_id=a1')).body['items']).toEqual([]);
    const events = await collect(ledger.parts.log.store.read('autonomy-demo:config'));
    expect(events.map(({ type, metadata }) => [type, metadata.actor.kind])).toEqual([
      ['AutonomyModeSet', 'person'],
      ['AutonomyModeRemoved', 'person'],
    ]);
    // What a person wrote is sealed.
    expect(String((events[0]?.data as { reason: unknown }).reason)).toMatch(/^enc:1:/);
    expect(
      JSON.stringify(events, (_, value: unknown) => (typeof value === 'bigint' ? `${value}` : value)),
    ).not.toContain('anna');
  });

  it("belong to the token's tenant, or to one of several that it names", async () => {
    const several = { tenants: ['demo', 'other'] };
    await ledger.call('PUT', '/config', {
      body: { mode: 'PROPOSE_ONLY', reason: 'a test' },
      ...several,
      headers: { 'x-tenant-id': 'other' },
    });
    expect((await ledger.call('GET', '/config?tenant_id=other', several)).body['items']).toMatchObject([
      { tenant_id: 'other', mode: 'PROPOSE_ONLY' },
    ]);
    expect((await ledger.call('GET', '/config')).body['items']).toEqual([]);
    expect((await ledger.call('GET', '/config?tenant_id=other')).body).toMatchObject({
      status: 403,
      code: 'wrong-tenant',
    });
    expect(
      (
        await ledger.call('PUT', '/config', {
          body: { tenant_id: 'other', mode: 'DISABLED', reason: 'a test' },
        })
      ).body['code'],
    ).toBe('wrong-tenant');
    expect(
      (
        await ledger.call('PUT', '/config', {
          body: { tenant_id: 'demo', mode: 'DISABLED', reason: 'a test' },
          ...several,
          headers: { 'x-tenant-id': 'other' },
        })
      ).body,
    ).toMatchObject({ code: 'validation-failed', violations: [{ pointer: '/tenant_id' }] });
  });

  it("keep the tenant's time zone, alone or with a mode", async () => {
    const tenant = 'zoned';
    expect(
      (await ledger.call('PUT', '/config', { tenant, body: { time_zone: 'Asia/Kolkata' } })).body,
    ).toMatchObject({ time_zone: 'Asia/Kolkata', revision: '0' });
    expect(
      (
        await ledger.call('PUT', '/config', {
          tenant,
          body: { mode: 'DISABLED', reason: 'a test', time_zone: 'UTC' },
          headers: { 'if-match': '"0"' },
        })
      ).body,
    ).toMatchObject({ mode: 'DISABLED', time_zone: 'UTC', revision: '2' });
    expect(
      (await ledger.call('PUT', '/config', { tenant, body: { time_zone: 'Moon/Sea' } })).body['violations'],
    ).toMatchObject([{ pointer: '/time_zone', detail: 'must be an IANA time zone' }]);
    expect((await ledger.call('PUT', '/config', { tenant, body: {} })).body['violations']).toMatchObject([
      { pointer: '/mode' },
    ]);
  });

  it('are refused where another has written since', async () => {
    const tenant = 'pinned';
    await ledger.call('PUT', '/config', { tenant, body: { mode: 'DISABLED', reason: 'a test' } });
    await ledger.call('PUT', '/config', { tenant, body: { mode: 'AUTO_EXECUTE', reason: 'a test' } });
    expect(
      (
        await ledger.call('PUT', '/config', {
          tenant,
          body: { mode: 'PROPOSE_ONLY', reason: 'a test' },
          headers: { 'if-match': '0' },
        })
      ).body['code'],
    ).toBe('stale-revision');
  });

  it('come in pages, each once, in the order of their keys', async () => {
    const tenant = 'paged';
    for (const account_id of ['c', 'a', 'e', 'b', 'd'])
      await ledger.call('PUT', '/config', {
        tenant,
        body: { account_id, mode: 'DISABLED', reason: 'a test' },
      });
    const accounts: string[] = [];
    for (let cursor = ''; ;) {
      const { body } = await ledger.call('GET', `/config?limit=2${cursor}`, { tenant });
      accounts.push(...(body['items'] as { account_id: string }[]).map(({ account_id }) => account_id));
      if (body['next'] === null) break;
      cursor = `&cursor=${body['next'] as string}`;
    }
    expect(accounts).toEqual(['a', 'b', 'c', 'd', 'e']);
    for (const cursor of ['oops!', encodeCursor('budgets', ['a'])])
      expect((await ledger.call('GET', `/config?cursor=${cursor}`, { tenant })).body['code']).toBe(
        'validation-failed',
      );
    expect((await ledger.call('GET', '/config?limit=201', { tenant })).body['code']).toBe(
      'validation-failed',
    );
  });

  it('answer a repeated Idempotency-Key once', async () => {
    const tenant = 'again';
    const put = () =>
      ledger.call('PUT', '/config', {
        tenant,
        body: { mode: 'DISABLED', reason: 'a test' },
        headers: { 'idempotency-key': 'k1' },
      });
    const [one, two] = [await put(), await put()];
    expect([one.status, two.body['position']]).toEqual([200, one.body['position']]);
    expect(
      (
        await ledger.call('PUT', '/config', {
          tenant,
          body: { mode: 'AUTO_EXECUTE', reason: 'a test' },
          headers: { 'idempotency-key': 'k1' },
        })
      ).body['code'],
    ).toBe('idempotency-conflict');
  });

  it('refuse what they do not know, every fault named', async () => {
    const { body } = await ledger.call('PUT', '/config', {
      body: { account_id: 'A 1', action_type: '', mode: 'auto_execute', reason: 'a test', extra: true },
    });
    expect((body['violations'] as { pointer: string }[]).map(({ pointer }) => pointer).toSorted()).toEqual([
      '/account_id',
      '/action_type',
      '/extra',
      '/mode',
    ]);
  });
});

describe('budgets over HTTP', () => {
  it('are put, read, listed, and removed', async () => {
    const put = await ledger.call('PUT', '/budget', {
      body: { account_id: 'b1', max_autonomous_per_day: 3, max_per_action_type: { a: 1 } },
    });
    expect(put.body).toMatchObject({
      sk: 'BUDGET#CONFIG',
      account_id: 'b1',
      max_autonomous_per_day: 3,
      max_per_action_type: { a: 1 },
      decay_if_unused: false,
    });
    expect((await ledger.call('GET', '/budget?account_id=b1')).body).toMatchObject({
      max_autonomous_per_day: 3,
    });
    expect((await ledger.call('GET', '/budget')).body).toMatchObject({
      items: [{ account_id: 'b1' }],
      next: null,
    });
    expect((await ledger.call('GET', '/budget/state?account_id=b1')).body).toMatchObject({
      count: 0,
      limit: 3,
      by_action_type: {},
      items: [{ count: 0 }],
    });
    expect((await ledger.call('DELETE', '/budget?account_id=b1')).body).toMatchObject({ removed: true });
    expect((await ledger.call('GET', '/budget?account_id=b1')).body).toMatchObject({
      status: 404,
      code: 'not-found',
    });
    expect((await ledger.call('GET', '/budget/state?account_id=b1')).body).toMatchObject({ limit: 0 });
  });

  it.each([
    [{ max_autonomous_per_day: 1.5 }, '/max_autonomous_per_day'],
    [{ max_autonomous_per_day: '3' }, '/max_autonomous_per_day'],
    [{}, '/max_autonomous_per_day'],
    [{ max_autonomous_per_day: 1, max_per_action_type: { a: -1 } }, '/max_per_action_type'],
    [{ max_autonomous_per_day: 1, max_per_action_type: { 'No Name': 1 } }, '/max_per_action_type'],
    [{ max_autonomous_per_day: 1, max_per_action_type: [1] }, '/max_per_action_type'],
    [{ max_autonomous_per_day: 1, decay_if_unused: 'yes' }, '/decay_if_unused'],
  ])('refuse %p', async (over, pointer) => {
    const { status, body } = await ledger.call('PUT', '/budget', { body: { account_id: 'b2', ...over } });
    expect(status).toBe(422);
    expect((body['violations'] as { pointer: string }[]).map((violation) => violation.pointer)).toContain(
      pointer,
    );
  });

  it('show the state of a named day only where the calendar has it', async () => {
    expect((await ledger.call('GET', '/budget/state?account_id=b1&date_key=2026-02-30')).body).toMatchObject({
      status: 422,
      violations: [{ pointer: '/date_key' }],
    });
    expect((await ledger.call('GET', '/budget/state')).body).toMatchObject({
      status: 422,
      violations: [{ pointer: '/account_id' }],
    });
    expect((await ledger.call('GET', '/budget/state?account_id=b1&date_key=2026-02-28')).body).toMatchObject({
      date_key: '2026-02-28',
    });
  });
});

unseenNames(() => ledger);
