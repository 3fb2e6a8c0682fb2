import { describe, expect, it } from '@jest/globals';
import { actionIdOf } from '@interlock/kernel';
import { until } from '@interlock/testing';
import { gateNames } from '@interlock/rails';
import { json, intent, event, railsWorld } from './rails-world.js';

const world = railsWorld();
const { call, view, reaches, typesOf, publish } = world;

describe('the life of an action on the real log, bus and database', () => {
  it('an intent from the bus goes through every gate to COMPLETED and is told upstream', async () => {
    const of = intent();
    await publish(event(of));
    const done = await reaches(of, 'COMPLETED');
    expect(done.gates.map((g) => g.gate)).toEqual(gateNames);
    expect(done.steps.map((s) => s.step)).toEqual([
      'reservation',
      'last_look',
      'execution',
      'validation',
      'confirm',
    ]);
    expect([...done.gates, ...done.steps].every(({ verdict }) => verdict === 'pass')).toBe(true);
    const path = `/actions/${actionIdOf('demo', of.intent_id)}`;
    const judged = await call('POST', `${path}/feedback`, { verdict: 'bad', comment: 'it flapped' });
    expect(judged).toMatchObject({
      status: 200,
      body: { feedback: [{ verdict: 'bad', comment: 'it flapped' }] },
    });
    expect((await call('GET', path)).body['feedback']).toEqual(judged.body['feedback']);
    expect(await call('POST', `${path}/feedback`, { verdict: 'fine' })).toMatchObject({
      status: 422,
      body: { violations: [{ pointer: '/verdict' }] },
    });
    expect(await call('POST', `${path}/feedback`, { verdict: 'good' }, { kind: 'service' })).toMatchObject({
      status: 403,
      body: { code: 'person-required' },
    });
    const published = await until(async () => {
      const outcome = await (
        await world.parts.connection.jetstreamManager()
      ).streams
        .getMessage('OUTCOMES', { last_by_subj: 'interlock.outcomes.demo.cell_failover' })
        .catch(() => null);
      return outcome === null
        ? false
        : (json.decode(outcome.data) as { type: string; data: { intent_id: string; state: string } });
    }, 'the outcome is on the bus');
    expect(published).toMatchObject({
      type: 'interlock.action_outcome.v1',
      data: { intent_id: of.intent_id, state: 'COMPLETED' },
    });
  });

  it('by HTTP it is accepted with its position, and the same intent answers with the same action', async () => {
    const of = intent({ dry_run: true });
    const first = await call('POST', '/actions', of);
    expect(first).toMatchObject({
      status: 202,
      body: { action_id: actionIdOf('demo', of.intent_id), intent_id: of.intent_id },
    });
    expect(String(first.body['position'])).toMatch(/^\d+$/);
    expect((await call('POST', '/actions', of)).body['action_id']).toBe(first.body['action_id']);
    await reaches(of, 'COMPLETED');
    expect(await typesOf(of)).toContain('DryRunCompleted');
    const dry = `/actions/${actionIdOf('demo', of.intent_id)}/feedback`;
    expect(await call('POST', dry, { verdict: 'good' })).toMatchObject({
      status: 409,
      body: { code: 'wrong-state' },
    });
    expect(await call('POST', '/actions', { ...of, entity_id: 'elsewhere' })).toMatchObject({
      status: 409,
      body: { code: 'intent-conflict' },
    });
  });

  it('fifty of the same at once make one action', async () => {
    const of = intent();
    await Promise.all(
      Array.from({ length: 50 }, async (_, i) =>
        i % 2 === 0 ? publish(event(of)) : call('POST', '/actions', of),
      ),
    );
    await reaches(of, 'COMPLETED');
    expect(
      (await typesOf(of)).filter((type) => type === 'IntentAccepted' || type === 'ExecutionStarted'),
    ).toEqual(['IntentAccepted', 'ExecutionStarted']);
  });

  it('KPIs worse than predicted are rolled back', async () => {
    world.stand.device.drop = 4;
    const of = intent();
    await publish(event(of));
    expect((await reaches(of, 'ROLLED_BACK')).reasons).toMatchObject([{ code: 'kpi-worse' }]);
  });

  it('DENY is denied with its reason, and nothing is planned', async () => {
    world.stand.decision = 'DENY';
    const of = intent();
    await publish(event(of));
    expect((await reaches(of, 'DENIED')).reasons).toMatchObject([{ code: 'rule' }]);
    expect(await typesOf(of)).not.toContain('PlanPrepared');
  });

  it("keeps to the tenant's own limits, and records what held", async () => {
    const before = world.stand.tenantLimits;
    world.stand.tenantLimits = { ...before, blast_radius_limit: 2, approval_expiry_s: 120 };
    const wide = intent({ affected_entity_count: 3 });
    await call('POST', '/actions', wide);
    const { reasons } = await reaches(wide, 'DENIED');
    expect(reasons).toMatchObject([{ code: 'blast-radius', limit: 2 }]);
    world.stand.tenantLimits = { ...before, approval_expiry_s: 120 };
    world.stand.mode = 'APPROVAL_REQUIRED';
    const asking = intent();
    await call('POST', '/actions', asking);
    const { approval } = (await reaches(asking, 'AWAITING_APPROVAL')) as unknown as {
      readonly approval: { readonly requested_at: string; readonly expires_at: string };
    };
    expect(Date.parse(approval.expires_at) - Date.parse(approval.requested_at)).toBe(120_000);
    world.stand.tenantLimits = before;
  });

  it('what ended is counted by the hour, and a dry run is not', async () => {
    type Hours = { readonly items: readonly { readonly counts: { readonly [state: string]: number } }[] };
    const ended = async (): Promise<number> => {
      const { body } = await call('GET', '/outcomes/by-hour?hours=2');
      return (body as unknown as Hours).items.reduce((sum, { counts }) => sum + (counts['DENIED'] ?? 0), 0);
    };
    type Counts = { readonly DENIED?: number };
    const counted = async (): Promise<readonly [number, number]> => {
      const { actions, dry_runs } = (await call('GET', '/status')).body as {
        readonly actions: Counts;
        readonly dry_runs: Counts;
      };
      return [actions.DENIED ?? 0, dry_runs.DENIED ?? 0];
    };
    const before = await ended();
    const [actions, dryRuns] = await counted();
    expect(before).toBeGreaterThan(0);
    world.stand.decision = 'DENY';
    const [dry, real] = [intent({ dry_run: true }), intent()];
    await Promise.all([publish(event(dry)), publish(event(real))]);
    await Promise.all([reaches(dry, 'DENIED'), reaches(real, 'DENIED')]);
    await until(async () => (await ended()) === before + 1, 'one more is counted');
    expect(await counted()).toEqual([actions + 1, dryRuns + 1]);
    const listed = async (dryRun: boolean): Promise<readonly string[]> => {
      const { body } = await call('GET', `/actions?state=DENIED&limit=2&dry_run=${dryRun}`);
      return (body['items'] as readonly { readonly intent_id: string }[]).map(({ intent_id: id }) => id);
    };
    expect((await listed(true))[0]).toBe(dry.intent_id);
    expect((await listed(false))[0]).toBe(real.intent_id);
    expect(await call('GET', '/actions?dry_run=maybe')).toMatchObject({ status: 422 });
    const { body } = await call('GET', '/outcomes/by-hour');
    expect((body as unknown as Hours).items).toHaveLength(24);
    expect(await call('GET', '/outcomes/by-hour?hours=0')).toMatchObject({ status: 422 });
  });

  it('the status counts what is in flight', async () => {
    const inFlight = async (): Promise<unknown> => (await call('GET', '/status')).body['in_flight'];
    await until(async () => (await inFlight()) === 0, 'nothing is in flight');
    const apply = world.stand.answers.get('netconf-gateway.apply')!;
    let goOn = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    world.stand.answers.set('netconf-gateway.apply', async (request) => {
      await held;
      return apply(request);
    });
    const of = intent();
    await publish(event(of));
    await until(async () => (await inFlight()) === 1, 'the change is in flight');
    world.stand.answers.set('netconf-gateway.apply', apply);
    goOn();
    await reaches(of, 'COMPLETED');
    await until(async () => (await inFlight()) === 0, 'it has ended');
  });

  it('a hundred at once against a budget of ten execute ten and ask for ninety', async () => {
    const all = Array.from({ length: 100 }, () => intent());
    const consumedBefore = new Set(
      world.stand.calls.filter((c) => c.name === 'budget-ledger.consume').map((c) => c.request['action_id']),
    ).size;
    world.stand.budget = 10 + consumedBefore;
    await Promise.all(all.map((of) => publish(event(of))));
    await until(async () => {
      const { body } = await call('GET', '/status');
      return Number((body['actions'] as Record<string, number>)['AWAITING_APPROVAL'] ?? 0) >= 90;
    }, 'ninety wait');
    const states = await Promise.all(all.map(async (of) => (await view(of)).state));
    expect(states.filter((s) => s === 'AWAITING_APPROVAL')).toHaveLength(90);
    // An answer that comes too late on a busy machine is asked for again: by the same request.
    const ids = new Set(all.map((of) => actionIdOf('demo', of.intent_id)));
    const asked = world.stand.calls.filter(
      ({ name, request }) => name === 'budget-ledger.consume' && ids.has(String(request['action_id'])),
    );
    expect(new Set(asked.map(({ request }) => request['request_id'])).size).toBe(100);
    await until(
      async () =>
        (await Promise.all(all.map(async (of) => (await view(of)).state))).filter((s) => s === 'COMPLETED')
          .length === 10,
      'ten are completed',
    );
  });
});

describe('a service that is down', () => {
  it.each([
    'posture.posture',
    'digital-twin.predict',
    'policy-evaluator.evaluate',
    'budget-ledger.consume',
    'netconf-gateway.plan',
    'netconf-gateway.apply',
  ] as const)('%s away: the action waits and goes on when it is back', async (name) => {
    world.stand.down(name);
    const of = intent();
    await publish(event(of));
    const executing = name === 'netconf-gateway.apply';
    await until(async () => {
      const seen = await view(of);
      return executing
        ? seen.state === 'EXECUTING'
        : seen.state === 'PENDING' && seen.waiting_for === name.split('.')[0];
    }, `it waits for ${name}`);
    world.stand.up(name);
    await reaches(of, 'COMPLETED');
  });
});

describe('the kill switch', () => {
  it('cancels what waits, lets nothing start, and says so in its receipt; released, things go on', async () => {
    world.stand.posture = 'YELLOW';
    const waiting = intent();
    await publish(event(waiting));
    await reaches(waiting, 'AWAITING_APPROVAL');
    // It waited at the edge, whose loop was held.
    const edge = { headers: { 'x-interlock-arrived-at': `${Date.now() - 30_000}` } };
    const stop = { scope: 'tenant', engaged: true, reason: 'drill' };
    const receipt = await call('POST', '/kill-switch', stop, edge);
    expect(receipt).toMatchObject({ status: 200, body: { engaged: true } });
    expect(receipt.body['time_to_stop_ms']).toBeGreaterThanOrEqual(30_000);
    expect((receipt.body['cancelled'] as { action_id: string }[]).map((c) => c.action_id)).toContain(
      actionIdOf('demo', waiting.intent_id),
    );
    world.stand.posture = 'GREEN';
    const after = intent();
    await publish(event(after));
    expect((await reaches(after, 'CANCELLED')).reasons).toMatchObject([{ code: 'kill-switch-engaged' }]);
    expect(await call('POST', '/kill-switch', { scope: 'global', engaged: true, reason: 'x' })).toMatchObject(
      { status: 403, body: { code: 'wrong-tenant' } },
    );
    expect(
      await call(
        'POST',
        '/kill-switch',
        { scope: 'tenant', engaged: false, reason: 'x' },
        { sub: 'robot', kind: 'service' },
      ),
    ).toMatchObject({ status: 403 });
    const over = { scope: 'tenant', engaged: false, reason: 'over' };
    for (const _ of ['asked for', 'asked for again'])
      expect(await call('POST', '/kill-switch', over)).toMatchObject({
        status: 200,
        body: { engaged: true, release_requested: { by: expect.stringMatching(/^person:/) as unknown } },
      });
    expect(await call('POST', '/kill-switch', over, { sub: 'ben' })).toMatchObject({
      status: 200,
      body: { engaged: false, release_requested: null },
    });
    const again = intent();
    await until(
      async () =>
        (await call('GET', '/status')).body['kill_switch'] !== undefined &&
        !((await call('GET', '/status')).body['kill_switch'] as { engaged: boolean }).engaged,
      'it is seen released',
    );
    await publish(event(again));
    await reaches(again, 'COMPLETED');
  });

  it.each([
    ['account', { account_id: 'ran' }, { account_id: 'core' }],
    ['agent', { agent: 'ran-optimizer' }, { agent: 'energy-saver' }],
    ['site', { site_id: 's' }, { site_id: 'hamburg-2' }],
  ])('of scope %s stops what it names and nothing else', async (scope, named, other) => {
    const on = { scope, engaged: true, reason: 'x', drill: true };
    const idle = await call('POST', '/kill-switch', { ...on, ...other });
    expect(idle).toMatchObject({ status: 200, body: { cancelled: [], drill: true, ...other } });
    const through = intent();
    await publish(event(through));
    await reaches(through, 'COMPLETED');
    const engaged = await call('POST', '/kill-switch', { ...on, ...named });
    expect(engaged).toMatchObject({ status: 200, body: { scope, ...named } });
    const stopped = intent();
    await publish(event(stopped));
    expect((await reaches(stopped, 'CANCELLED')).reasons).toMatchObject([{ code: 'kill-switch-engaged' }]);
    for (const one of [named, other])
      for (const sub of ['anna', 'ben'])
        await call('POST', '/kill-switch', { scope, ...one, engaged: false, reason: 'over' }, { sub });
    const after = intent();
    await publish(event(after));
    await reaches(after, 'COMPLETED');
    const use = engaged.body['use_id'] as string;
    expect(await call('GET', `/kill-switch/${use}`)).toMatchObject({
      status: 200,
      body: {
        use_id: use,
        scope,
        ...named,
        engaged: false,
        drill: true,
        still_in_flight: 0,
        time_to_stop_ms: engaged.body['time_to_stop_ms'],
        released: { requested_by: expect.stringMatching(/^person:/) as unknown },
      },
    });
    expect(
      ((await call('GET', '/kill-switch?drill=true&limit=1')).body['items'] as readonly unknown[]).length,
    ).toBe(1);
  });

  it('names every fault of a request, and no use that is not there', async () => {
    expect(
      await call('POST', '/kill-switch', { scope: 'agent', account_id: 'ran', engaged: true, reason: 'x' }),
    ).toMatchObject({
      status: 422,
      body: { violations: [{ pointer: '/account_id' }, { pointer: '/agent' }] },
    });
    expect(await call('GET', '/kill-switch/nobody')).toMatchObject({
      status: 404,
      body: { code: 'not-found' },
    });
  });
});

describe('the list of actions', () => {
  it('pages follow one another without gap or repeat', async () => {
    const seen: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const { body } = await call('GET', `/actions?limit=40${cursor === '' ? '' : `&cursor=${cursor}`}`);
      seen.push(...(body['items'] as { action_id: string }[]).map((i) => i.action_id));
      cursor = body['next'] as string | null;
    }
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen.length).toBeGreaterThan(100);
  });
});
