import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import {
  subject,
  type AuditCheckAnswer,
  type PostureAnswer,
  type PostureInputs,
  type VoteAnswer,
} from '@interlock/contracts';
import { BusPublisher } from '@interlock/jetstream';
import { collect, uuidV5, type EventToAppend } from '@interlock/kernel';
import { newId, nowText } from '@interlock/platform';
import { until } from '@interlock/testing';
import { postureWorld } from './posture-world.js';
import { registerUser } from './registered.js';

let files: string;
const world = postureWorld((parts) => {
  files = mkdtempSync(join(tmpdir(), 'posture-inputs-'));
  const answer = (name: string, command: string, made: () => object): void => {
    parts.connection.subscribe(subject({ kind: 'rpc', service: name, command, caller: 'posture' }), {
      callback: (_error, message) => message.respond(JSON.stringify({ ok: made() })),
    });
  };
  answer('audit', 'check', (): AuditCheckAnswer => ({
    passed: true,
    checked: 200,
    failed: 0,
    range: { from: '0', to: '900' },
    detail: 'all is as it was signed',
    findings: [],
  }));
  for (const [name, about] of [
    ['audit', 'checkpoint'],
    ['policy-evaluator', 'bundles'],
  ] as const)
    answer(name, 'vote', (): VoteAnswer => ({
      instance: `${name}/1`,
      votes: [
        {
          voter: `${name}/1`,
          kind: 'instance',
          about,
          subject: '9',
          says: 'x',
          contradicts: false,
          at: nowText(),
        },
      ],
    }));
  return {
    POSTURE_INPUT_DIR: join(files, 'in'),
    POSTURE_INPUT_TENANT: 'filed',
    POSTURE_OUTPUT_DIR: join(files, 'out'),
  };
});
afterAll(() => rmSync(files, { recursive: true, force: true }));
const { ask } = world;
/** A program's call that says why, so that people approve what loosens. */
const call = (method: string, path: string, tenant: string, body?: unknown) =>
  world.call(method, path, { tenant, body });
const settled = (
  tenant: string,
  what: string,
  is: (answer: PostureAnswer) => boolean,
): Promise<PostureAnswer> =>
  until(async () => {
    const seen = await ask(tenant);
    return is(seen) && seen;
  }, what);
const append = (stream: string, type: string, data: object): Promise<unknown> => {
  const event: EventToAppend = {
    id: uuidV5(stream, newId()),
    type,
    data,
    metadata: {
      $correlationId: 'c',
      $causationId: 'c',
      tenant_id: /-([^:]+):/.exec(stream)?.[1] ?? '',
      actor: { kind: 'service', service: 'test' },
      schema_version: 1,
      occurred_at: nowText(),
      command_id: newId(),
    },
  };
  return world.parts.log.store.append(stream, [event], 'any');
};
const reportsOf = async (tenant: string, name: keyof PostureInputs) =>
  (await collect(world.parts.log.store.read(`signal-${tenant}:${name}`))).map(
    ({ data }) => data as { readonly value: unknown; readonly origin: string; readonly at: string },
  );

describe('a tenant without any reports', () => {
  it('is GREEN by itself, and names the source', async () => {
    const green = await settled('silent', 'all is measured', ({ effective }) => effective === 'GREEN');
    expect(green).toMatchObject({
      policy: 'GREEN',
      inputs: {
        trust_locked: false,
        integrity_score: 100,
        consensus_pct: 100,
        reputation_score: 100,
        forecast_risk: 'low',
        recent_responses: 0,
      },
      signals: { consensus_pct: { source: '_system:interlock', status: 'fresh', unwitnessed: true } },
      clears: [],
    });
    expect(await call('GET', '/signals', 'silent')).toMatchObject({
      http: 200,
      items: expect.arrayContaining([
        expect.objectContaining({
          name: 'integrity_score',
          reports: [expect.objectContaining({ origin: 'internal', tenant_id: '_system' })],
        }),
      ]),
    });
  });

  it('is RED from a failed integrity check until its range passes', async () => {
    await call('PUT', '/config', 'silent', { dwell_s: 0 });
    const check = (passed: boolean) =>
      append('posture-_system:checks', 'IntegrityChecked', {
        request_id: newId(),
        kind: 'integrity_check',
        range: { from: '5', to: '90' },
        passed,
        checked: 10,
        failed: passed ? 0 : 1,
        detail: 'x',
      });
    await check(false);
    expect(
      (await settled('silent', 'the fault has moved integrity', ({ effective }) => effective === 'RED'))
        .inputs.integrity_score,
    ).toBe(0);
    await check(true);
    await settled('silent', 'integrity is back', ({ effective }) => effective === 'GREEN');
  });
});

describe("a tenant's own measures", () => {
  it('reflect the outcomes of its actions', async () => {
    for (const [i, end] of ['ActionCompleted', 'ActionRolledBack', 'ActionRolledBack'].entries()) {
      const stream = `action-acting:a${i}`;
      await append(stream, 'IntentAccepted', { intent: { agent: 'optimizer' } });
      await append(stream, 'ExecutionStarted', { handler: { service: 'gw', name: 'failover' } });
      await append(stream, end, {
        dry_run: false,
        cause: 'validation',
        validation_result: { verdict: 'pass' },
      });
    }
    const yellow = await settled('acting', 'its reputation has fallen', ({ policy }) => policy === 'YELLOW');
    expect(yellow).toMatchObject({
      yellow_triggers: ['reputation_score'],
      inputs: { reputation_score: 33.33 },
      signals: { reputation_score: { source: 'interlock', status: 'fresh' } },
    });
    expect((await ask('silent')).inputs.reputation_score).toBe(100);
  });

  it('let a signal lock the trust guard, but not unlock it', async () => {
    const lock = (value: boolean) => call('PUT', '/signals/trust_locked', 'guarded', { value });
    expect(await lock(true)).toMatchObject({ http: 200, policy: 'RED' });
    await until(
      async () => (await collect(world.parts.log.store.read('trust_lock-guarded:guard'))).length > 0,
      'the guard is locked',
    );
    const [locked] = await collect(world.parts.log.store.read('trust_lock-guarded:guard'));
    expect(locked).toMatchObject({ type: 'TrustLocked', data: { cause: 'signal' } });
    await until(
      async () => (await reportsOf('guarded', 'trust_locked')).some(({ origin }) => origin === 'internal'),
      'the guard is measured',
    );
    await lock(false);
    expect(await ask('guarded')).toMatchObject({ policy: 'RED', red_triggers: ['trust_locked'] });
    expect(await call('GET', '/config', 'guarded')).toMatchObject({ sources: { trust_locked: 'both' } });
  });
});

describe('too many reports', () => {
  it('within one second are counted, and the newest and the worst are kept', async () => {
    await registerUser(world.parts.log.store, 'loud.app', ['integrity_score']);
    const bus = new BusPublisher(world.parts.connection);
    const begun = Date.now();
    const many = Array.from({ length: 400 }, (_, i) => (i === 200 ? 71.5 : 99 - (i % 7) / 10));
    await Promise.all(
      many.map((value, i) =>
        bus.publish(
          subject({ kind: 'signals', tenant: 'loud', name: 'integrity_score', user: 'loud.app' }),
          { value, at: new Date(begun - 1000 + i).toISOString() },
          { msgId: `loud-${i}` },
        ),
      ),
    );
    const last = new Date(begun - 1000 + many.length - 1).toISOString();
    const kept = await until(async () => {
      const reports = await reportsOf('loud', 'integrity_score');
      return reports.some(({ at }) => at === last) && reports;
    }, 'the newest is kept');
    expect(kept.map(({ value }) => value)).toContain(71.5);
    expect(kept.length).toBeLessThan(60);
    const levels = await collect(world.parts.log.store.read('posture-loud:level'));
    expect(levels.map(({ data }) => (data as { readonly policy: string }).policy)).toContain('RED');
  });

  it('are refused with a problem over HTTP', async () => {
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, i) =>
        call('PUT', '/signals/consensus_pct', 'hasty', { value: 99 - (i % 3) }),
      ),
    );
    const refused = answers.filter(({ http }) => http !== 200);
    expect(refused.length).toBeGreaterThan(0);
    for (const one of refused) expect(one).toMatchObject({ http: 429, code: 'signal-superseded' });
  });

  it('and reports that waited on the bus keep their own age', async () => {
    await registerUser(world.parts.log.store, 'waited.app', ['forecast_risk']);
    const bus = new BusPublisher(world.parts.connection);
    const before = Date.now();
    await bus.publish(
      subject({ kind: 'signals', tenant: 'waited', name: 'forecast_risk', user: 'waited.app' }),
      { value: 'medium' },
      { msgId: 'waited-1' },
    );
    const published = Date.now();
    const [report] = await until(async () => {
      const reports = await reportsOf('waited', 'forecast_risk');
      return reports.length > 0 && reports;
    }, 'it is kept');
    expect(Date.parse(report!.at)).toBeGreaterThanOrEqual(before - 1);
    expect(Date.parse(report!.at)).toBeLessThanOrEqual(published + 1);
  });
});

describe('an evaluation by command', () => {
  const inputs = {
    'trust_lock_state.json': '{"locked":false}',
    'exports/integrity_metrics_registry.csv': 'timestamp,integrity_score\n1,92\n',
    'federation/weighted_consensus.json': '{"agreement_pct":88}',
    'federation/reputation_index.json': '{"peers":[{"score":80},{"score":90}]}',
    'forensics/forensics_anomaly_forecast.json': '{"risk_level":"medium"}',
    'forensics/response_history.jsonl': `{"timestamp":"${nowText()}"}\n`.repeat(5),
  };
  const write = (over: Record<string, string> = {}): void => {
    for (const [path, text] of Object.entries({ ...inputs, ...over })) {
      mkdirSync(join(files, 'in', path, '..'), { recursive: true });
      writeFileSync(join(files, 'in', path), text);
    }
  };
  const hashes = (): readonly string[] =>
    readdirSync(join(files, 'in'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .sort()
      .map((path) => `${path} ${createHash('sha256').update(readFileSync(path)).digest('hex')}`);
  const out = join('out', 'tenants', 'filed');

  it("reads the seed's input files, writes its output files, and changes no input (out.inputs_untouched)", async () => {
    write();
    const before = hashes();
    expect(await call('POST', '/evaluate', 'filed')).toMatchObject({
      http: 200,
      failure: null,
      posture: {
        policy: 'YELLOW',
        yellow_triggers: ['integrity_score', 'consensus_pct', 'forecast_risk', 'recent_responses'],
      },
    });
    expect(JSON.parse(readFileSync(join(files, out, 'state/policy_state.json'), 'utf8'))).toMatchObject({
      policy: 'YELLOW',
      inputs: {
        trust_locked: false,
        integrity_score: 92,
        consensus_pct: 88,
        reputation_score: 85,
        forecast_risk: 'medium',
        recent_responses: 5,
      },
    });
    expect(hashes()).toEqual(before);
    expect(await call('GET', '/runs', 'filed')).toMatchObject({
      items: [{ type: 'PostureEvaluated', trigger: 'command', policy: 'YELLOW' }],
    });
  });

  it('refuses a malformed file, reports it, and does not crash', async () => {
    write({ 'federation/weighted_consensus.json': '{' });
    const failed = await call('POST', '/evaluate', 'filed');
    expect(failed).toMatchObject({
      http: 200,
      failure: { detail: expect.stringContaining('federation/weighted_consensus.json'), branch: null },
      posture: { inputs: { consensus_pct: 88 }, refused: [{ name: 'consensus_pct' }] },
    });
    expect(readFileSync(join(files, out, 'audit_summary.md'), 'utf8')).toMatch(
      /^<!-- POLICY_ORCHESTRATION: FAILED [-0-9T:]{19}\+00:00 -->\n$/,
    );
    expect(await call('GET', '/runs', 'filed')).toMatchObject({
      items: [{ type: 'PostureRunFailed' }, { type: 'PostureEvaluated' }],
    });
    write();
  });

  it('blocks responses while the brake file has the brake engaged', async () => {
    const run = () => call('POST', '/../responses/run', 'filed', { policy: 'YELLOW' });
    const brake = 'forensics/safety_brake_state.json';
    expect(await run()).toMatchObject({ http: 200, status: 'completed', gates: [] });
    write({ [brake]: '{"is_engaged":true}' });
    expect(await run()).toMatchObject({ http: 200, status: 'blocked', gates: ['safety_brake_off'] });
    expect(await call('GET', '/brake', 'filed')).toMatchObject({
      engaged: true,
      reason: `the input file \`${brake}\` has it engaged`,
    });
    expect(await call('GET', '/brake', 'one')).toMatchObject({ engaged: false });
    write({ [brake]: '{"is_engaged":false}' });
    expect(await run()).toMatchObject({ http: 200, status: 'completed', gates: [] });
    rmSync(join(files, 'in', brake));
  });

  it('takes thresholds that tighten from a file, and asks people for those that loosen', async () => {
    const file = join(files, 'in', 'policy', 'policy_thresholds.json');
    mkdirSync(join(files, 'in', 'policy'), { recursive: true });
    const thresholds = async () => (await call('GET', '/config', 'filed'))['thresholds'];
    const integrity = (red_integrity: number) =>
      until(async () => {
        const now = (await thresholds()) as { readonly red_integrity: number };
        return now.red_integrity === red_integrity;
      }, `red_integrity is ${red_integrity}`);
    writeFileSync(file, JSON.stringify({ red_integrity: 92 }));
    await integrity(92);
    writeFileSync(file, JSON.stringify({ red_integrity: 80 }));
    const asked = await until(async () => {
      for await (const event of world.parts.log.store.readAll())
        if (
          event.stream.startsWith('change-filed:') &&
          JSON.stringify(event.data).includes('policy_thresholds')
        )
          return { ...(event.data as { readonly digest: string }), change_id: event.stream.slice(13) };
      return false;
    }, 'the file asks');
    expect(asked).toMatchObject({
      requester: 'service:posture',
      loosened: [{ pointer: '/thresholds/red_integrity' }],
    });
    await integrity(92);
    await world.changes.approve('filed', asked);
    await integrity(80);
    rmSync(file);
  });

  it("shows the level's history, and the versions of the configuration", async () => {
    await call('PUT', '/config', 'filed', {
      sources: { integrity_score: 'external' },
      gate: { GREEN: 'pass', YELLOW: 'pass', ORANGE: 'approval', RED: 'deny' },
    });
    expect((await ask('filed')).gate).toMatchObject({ YELLOW: 'pass' });
    expect(
      await call('PUT', '/config', 'filed', { sources: { integrity_score: null }, gate: null }),
    ).toMatchObject({
      http: 200,
    });
    const versions = (await call('GET', '/config/history?limit=3', 'filed'))['items'] as readonly {
      readonly sources: Record<string, string>;
      readonly gate?: object;
      readonly by: string;
    }[];
    expect(versions[0]).not.toHaveProperty('gate');
    // A file may have been read meanwhile; then both sources count, which is a version of its own.
    expect(versions.find(({ gate }) => gate !== undefined)).toMatchObject({
      sources: { integrity_score: 'external' },
      gate: { RED: 'deny' },
    });
    expect(await call('GET', '/trend?hours=1', 'filed')).toMatchObject({
      http: 200,
      tenant_id: 'filed',
      transitions: expect.any(Array),
      time_in_level_s: { GREEN: expect.any(Number), unknown: expect.any(Number) },
      flapping: false,
    });
  });

  it.each([
    ['/config', { gate: { GREEN: 'pass', YELLOW: 'pass', ORANGE: 'pass', RED: 'pass' } }, '/gate/RED'],
    ['/config', { gate: { GREEN: 'pass' } }, '/gate/RED'],
    ['/config', { sources: { integrity_score: 'nobody' } }, '/sources/integrity_score'],
    ['/signals/forecast_risk', { value: 'low', at: new Date(Date.now() + 3_600_000).toISOString() }, '/at'],
  ])('refuses %s %p', async (path, body, pointer) => {
    const refused = await call('PUT', path, 'filed', body);
    expect(refused.http).toBe(422);
    expect(
      (refused['violations'] as readonly { readonly pointer: string }[]).map((one) => one.pointer),
    ).toContain(pointer);
  });
});
