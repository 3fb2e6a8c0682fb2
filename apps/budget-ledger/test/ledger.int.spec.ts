import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { tenantLimitNames, type ConsumeAnswer } from '@interlock/contracts';
import { collect } from '@interlock/kernel';
import { asksFor, givesBack, startLedger, type Ledger } from './ledger-fixture.js';

let ledger: Ledger;
beforeAll(async () => {
  ledger = await startLedger();
});
afterAll(async () => {
  await ledger.stop();
});

const day = '2026-01-28';
const budget = (account_id: string, max_autonomous_per_day: number, over: object = {}) =>
  ledger.call('PUT', '/budget', { body: { account_id, max_autonomous_per_day, ...over } });
type Overrides = { action_type?: string; day?: string; request_id?: string; tenant_id?: string };
/** Asks for what the action's own stream does not ask for. */
const unasked = (account_id: string, action_id: string, over: Overrides = {}): Promise<ConsumeAnswer> =>
  ledger.rpc.call(
    'budget-ledger.consume',
    {
      request_id: `consume-${action_id}`,
      tenant_id: 'demo',
      account_id,
      action_type: 'x',
      action_id,
      day,
      ...over,
    },
    { deadlineMs: 120_000 },
  );
/** An action id is one account's. */
const idOf = (account: string, action: string): string => `${account}.${action}`;
const consume = async (account_id: string, action: string, over: Overrides = {}): Promise<ConsumeAnswer> => {
  const action_id = idOf(account_id, action);
  await ledger.says(
    over.tenant_id ?? 'demo',
    action_id,
    asksFor(account_id, 'x', over.request_id ?? `consume-${action_id}`, over.day ?? day),
  );
  return unasked(account_id, action_id, over);
};
const giveBackUnasked = (account_id: string, action_id: string) =>
  ledger.rpc.call('budget-ledger.give_back', {
    request_id: `back-${action_id}`,
    tenant_id: 'demo',
    account_id,
    action_id,
    day,
  });
const giveBack = async (account: string, action: string, ...before: readonly string[]) => {
  const id = idOf(account, action);
  await ledger.says('demo', id, [
    ...asksFor(account, 'x', `consume-${id}`, day).slice(0, 1),
    ...(before.length === 0 ? ['ActionExpired'] : before).map((type, place) => ({ type, data: { place } })),
    givesBack(`back-${id}`, day),
  ]);
  return giveBackUnasked(account, id);
};
const state = async (account: string, on = day): Promise<Record<string, unknown>> =>
  (await ledger.call('GET', `/budget/state?account_id=${account}&date_key=${on}`)).body;

describe('check and consume over the bus', () => {
  it('lets exactly 10 of 100 parallel actions through a budget of 10, with one event for each', async () => {
    await budget('many', 10);
    const answers = await Promise.all(Array.from({ length: 100 }, (_, i) => consume('many', `action-${i}`)));
    expect(answers.filter(({ consumed }) => consumed)).toHaveLength(10);
    expect(answers.filter(({ reason }) => reason === 'BUDGET_EXHAUSTED')).toHaveLength(90);
    expect(await state('many')).toMatchObject({ count: 10, limit: 10, by_action_type: { x: 10 } });
    expect(await collect(ledger.parts.log.store.read(`budget-demo:many:${day}`))).toHaveLength(100);
  });

  it('answers a repeated action the same, under whatever request id and changed limits', async () => {
    await budget('same', 1);
    const [yes, no] = [await consume('same', 'one'), await consume('same', 'two')];
    expect([yes.consumed, no.consumed]).toEqual([true, false]);
    await budget('same', 50);
    expect(await consume('same', 'one', { request_id: 'other' })).toEqual(yes);
    expect(await consume('same', 'two', { request_id: 'other' })).toEqual(no);
    expect((await consume('same', 'three')).consumed).toBe(true);
  });

  it('lets parallel repeats of one action consume once', async () => {
    await budget('once', 5);
    const answers = await Promise.all(Array.from({ length: 20 }, () => consume('once', 'one')));
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(await state('once')).toMatchObject({ count: 1 });
  });

  it('refuses without a budget, and keeps accounts, tenants and days apart', async () => {
    await budget('apart', 1);
    expect(await consume('none', 'one')).toMatchObject({
      consumed: false,
      limit: 0,
      explanation: 'the account has no budget for autonomous actions on this day',
    });
    expect((await consume('apart', 'one')).consumed).toBe(true);
    expect((await consume('apart', 'two', { day: '2026-01-29' })).consumed).toBe(true);
    expect((await consume('apart', 'three', { tenant_id: 'other' })).consumed).toBe(false);
  });

  it('gives back what an action consumed, and bars one that gives back first', async () => {
    await budget('back', 1);
    await consume('back', 'one');
    expect(await giveBack('back', 'one')).toEqual({ given_back: true });
    expect(await giveBack('back', 'one')).toEqual({ given_back: true });
    expect(await giveBack('back', 'early')).toEqual({ given_back: false });
    expect(await consume('back', 'early')).toMatchObject({ consumed: false, reason: null });
    expect(await consume('back', 'two')).toMatchObject({ consumed: true, count: 1 });
  });

  it.each<readonly [string, readonly string[]]>([
    ['while it runs', ['ExecutionStarted']],
    ['after it was executed', ['ExecutionStarted', 'ActionCompleted']],
    ['after it was rolled back', ['ExecutionStarted', 'ActionRolledBack']],
    ['before it has ended', ['PlanPrepared']],
    [
      'whose start lapsed and which asks for another turn',
      ['ExecutionStarted', 'TurnLapsed', 'TurnRequested'],
    ],
    [
      'that was started again after a start that lapsed',
      [
        'ExecutionStarted',
        'TurnLapsed',
        'TurnRequested',
        'TurnTaken',
        'ExecutionStarted',
        'ActionRolledBack',
      ],
    ],
    [
      'whose turn lapsed only before it was started',
      ['TurnLapsed', 'TurnRequested', 'TurnTaken', 'ExecutionStarted', 'ActionCompleted'],
    ],
  ])('gives nothing back to an action %s, whatever its stream asks', async (when, before) => {
    const account = `kept-${when.replaceAll(' ', '-')}`;
    await budget(account, 1);
    expect((await consume(account, 'one')).consumed).toBe(true);
    await expect(giveBack(account, 'one', ...before)).rejects.toMatchObject({ code: 'side-door' });
    expect(await state(account)).toMatchObject({ count: 1 });
    expect((await consume(account, 'two')).consumed).toBe(false);
  });

  it('gives back where the apply was refused, and names the end that it read', async () => {
    await budget('refused', 1);
    await consume('refused', 'one');
    expect(await giveBack('refused', 'one', 'ExecutionStarted', 'ApplyRefused')).toEqual({
      given_back: true,
    });
    expect((await collect(ledger.parts.log.store.read(`budget-demo:refused:${day}`))).at(-1)).toMatchObject({
      type: 'BudgetGivenBack',
      data: { consumed: true, end: 'ApplyRefused' },
    });
  });

  it('gives back where the last start lapsed and the action ended, and names that end', async () => {
    await budget('lapsed', 1);
    await consume('lapsed', 'one');
    expect(
      await giveBack('lapsed', 'one', 'ExecutionStarted', 'TurnLapsed', 'TurnRequested', 'ActionDenied'),
    ).toEqual({ given_back: true });
    expect((await collect(ledger.parts.log.store.read(`budget-demo:lapsed:${day}`))).at(-1)).toMatchObject({
      type: 'BudgetGivenBack',
      data: { consumed: true, end: 'ActionDenied' },
    });
    expect((await consume('lapsed', 'two')).consumed).toBe(true);
  });

  it("believes no caller: neither a consumption nor a give-back that the action's own stream does not ask for", async () => {
    await budget('asked', 3);
    await expect(unasked('asked', 'nobody')).rejects.toMatchObject({ code: 'side-door' });
    const id = idOf('asked', 'one');
    await ledger.says('demo', id, asksFor('asked', 'x', 'its-own', day));
    for (const over of [
      {},
      { request_id: 'its-own', day: '2026-01-29' },
      { request_id: 'its-own', action_type: 'y' },
    ])
      await expect(unasked('asked', id, over)).rejects.toMatchObject({ code: 'side-door' });
    await expect(unasked('another', id, { request_id: 'its-own' })).rejects.toMatchObject({
      code: 'side-door',
    });
    expect((await unasked('asked', id, { request_id: 'its-own' })).consumed).toBe(true);
    await expect(giveBackUnasked('asked', id)).rejects.toMatchObject({ code: 'side-door' });
    await ledger.says('demo', id, [{ type: 'ActionExpired', data: {} }]);
    await expect(giveBackUnasked('asked', id)).rejects.toMatchObject({ code: 'side-door' });
    expect(await state('asked')).toMatchObject({ count: 1 });
  });

  it('lets a limit fall by a tenth for each unused day and restores it after use', async () => {
    await budget('decay', 10, { decay_if_unused: true });
    const today = new Date().toISOString().slice(0, 10);
    const later = (days: number): string =>
      new Date(Date.parse(today) + days * 86_400_000).toISOString().slice(0, 10);
    expect((await consume('decay', 'd3', { day: later(3) })).limit).toBe(8);
    expect((await consume('decay', 'd4', { day: later(4) })).limit).toBe(10);
    expect((await consume('decay', 'd30', { day: later(30) })).limit).toBe(5);
    expect(await state('decay', later(6))).toMatchObject({ limit: 9, unused_days: 1 });
  });

  it("keeps a day's stream for 90 days", async () => {
    await budget('kept', 1);
    await consume('kept', 'one');
    const [metadata] = await collect(ledger.parts.log.store.read(`$$budget-demo:kept:${day}`));
    expect(metadata?.data).toMatchObject({ $maxAge: 90 * 86_400 });
  });

  it('refuses a request that is none, with every fault named', async () => {
    await expect(unasked('A B', '', { day: '2026-02-30', action_type: 'X' })).rejects.toMatchObject({
      code: 'validation-failed',
    });
    const problem = await unasked('A B', '', { day: '2026-02-30', action_type: 'X' }).catch(
      (error: unknown) => error as { violations: { pointer: string }[] },
    );
    expect(
      (problem as { violations: { pointer: string }[] }).violations.map(({ pointer }) => pointer).toSorted(),
    ).toEqual(['/account_id', '/action_id', '/action_type', '/day']);
  });
});

describe('modes over the bus', () => {
  const mode = (over: object = {}) =>
    ledger.rpc.call('budget-ledger.mode', {
      tenant_id: 'demo',
      account_id: 'm1',
      action_type: 'cell_failover',
      ...over,
    });

  it('are APPROVAL_REQUIRED where nothing is configured', async () => {
    expect(await mode({ fresh: true })).toMatchObject({
      mode: 'APPROVAL_REQUIRED',
      matched_level: null,
      reason: 'MODE_REQUIRES_APPROVAL',
      policy_clause: 'autonomy_mode',
      time_zone: 'UTC',
    });
  });

  it("carry the tenant's limits once somebody has set any, and those of no other tenant", async () => {
    expect(await mode({ fresh: true })).not.toHaveProperty('limits');
    const limits = { blast_radius_limit: 12, soak_s: 2 };
    const put = (body: object, over: object = {}) => ledger.call('PUT', '/limits', { body, ...over });
    expect((await put(limits)).status).toBe(422);
    const refused = await put({ soak_s: 0, blast_radius_1h: 1.5, soak: 1, reason: ' ' });
    expect(
      (refused.body['violations'] as { pointer: string }[]).map(({ pointer }) => pointer).toSorted(),
    ).toEqual(['/blast_radius_1h', '/reason', '/soak', '/soak_s']);
    expect((await put({ reason: 'x' }, { scopes: ['AUTONOMOUS_READ'] })).status).toBe(403);
    const alerts = { alert_red_flips: 5 };
    const { status, body } = await put({ ...limits, ...alerts, reason: 'the north is one site' });
    expect([status, body]).toMatchObject([
      200,
      { ...limits, blast_radius_1h: 60, approval_expiry_s: 3600, tenant_id: 'demo' },
    ]);
    // What alerts fire at decides no action.
    expect((await mode({ fresh: true })) as object).toHaveProperty('limits', limits);
    expect(await mode({ fresh: true, tenant_id: 'acme' })).not.toHaveProperty('limits');
    expect((await ledger.call('GET', '/limits')).body).toMatchObject({
      ...limits,
      ...alerts,
      alert_budget_high_pct: 80,
      by_default: tenantLimitNames.filter((name) => !(name in limits) && !(name in alerts)),
      updated_by: expect.any(String),
    });
    expect((await ledger.call('GET', '/limits', { tenant: 'acme' })).body).toMatchObject({
      blast_radius_limit: 10,
      blast_radius_1h: 50,
      updated_at: null,
    });
    const stale = { body: { reason: 'late' }, headers: { 'if-match': '"41"' } };
    expect((await ledger.call('PUT', '/limits', stale)).status).toBe(412);
  });

  it('see at once what was put, when asked afresh, by precedence', async () => {
    const systemWide = { tenant: '_system' };
    await ledger.call('PUT', '/config', { body: { mode: 'PROPOSE_ONLY', reason: 'a test' }, ...systemWide });
    expect(await mode({ fresh: true })).toMatchObject({ mode: 'PROPOSE_ONLY', matched_level: 5 });
    await ledger.call('PUT', '/config', {
      body: { account_id: 'm1', mode: 'AUTO_EXECUTE', reason: 'a test' },
    });
    expect(await mode({ fresh: true })).toMatchObject({
      mode: 'AUTO_EXECUTE',
      matched_level: 3,
      reason: null,
    });
    await ledger.call('PUT', '/config', {
      body: { action_type: 'cell_failover', mode: 'DISABLED', reason: 'a test', time_zone: 'Europe/Berlin' },
    });
    const answer = await mode({ fresh: true });
    expect(answer).toMatchObject({
      mode: 'DISABLED',
      matched_level: 2,
      reason: 'AUTONOMY_DISABLED',
      time_zone: 'Europe/Berlin',
    });
    expect(answer.version).toMatch(/^\d+/);
  });

  it('need another person to be removed where the global default is looser', async () => {
    const config = (mode: string, tenant: string) =>
      ledger.call('PUT', '/config', { body: { mode, reason: 'a test' }, tenant });
    await config('AUTO_EXECUTE', '_system');
    await config('APPROVAL_REQUIRED', 'acme');
    expect((await ledger.ask('DELETE', '/config', { tenant: 'acme' })).status).toBe(202);
    expect((await ledger.call('DELETE', '/config', { tenant: 'acme' })).status).toBe(200);
  });

  it('are answered from memory while that is confirmed', async () => {
    expect((await mode()).mode).toBe('DISABLED');
  });
});
