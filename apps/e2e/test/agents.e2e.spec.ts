import { mkdirSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AgentCredential, InterlockClient, verifyWebhook } from '@interlock/client';
import { subject, type ActionIntentV1, type ActionOutcomeV1 } from '@interlock/contracts';
import { BusPublisher } from '@interlock/jetstream';
import { actionIdOf } from '@interlock/kernel';
import {
  commandLine,
  findPython,
  runPython,
  startReceiver,
  startSpanReceiver,
  suiteWhere,
  until,
  type ExportedSpan,
  type Receiver,
  type SpanReceiver,
} from '@interlock/testing';
import { gateNames } from '@interlock/rails';
import { account, agent, intentsSubject, tenant } from './names.js';
import { site } from './network.js';
import { metricsSuite } from './metrics-suite.js';
import { pathTo, spanShapes } from './span-shapes.js';
import { repository } from './stack.js';
import { World } from './world.js';

let receiver: SpanReceiver;
let world: World;
const failing = async (name: string): Promise<string> => {
  const cell = `cell-${name}-1`;
  await world.network.degrade(cell);
  await world.teach(cell);
  return cell;
};
beforeAll(async () => {
  receiver = await startSpanReceiver();
  world = new World({
    devices: ['r01', 'r02', 'r03', 'r04', 'r05'].map((name) => site(name)),
    environment: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, OTEL_BSP_SCHEDULE_DELAY: '200' },
  });
  await world.start();
  await world.provision();
});
afterAll(async () => {
  await world.end();
  await receiver.stop();
});

describe('the trace of an intent', () => {
  const submitter = '00f067aa0ba902b7';
  let outcomes: Receiver;
  let webhook: { readonly webhook_id: string };
  beforeAll(async () => {
    outcomes = await startReceiver();
    webhook = await world.must('POST', '/api/v1/webhooks', { url: `${outcomes.url}/outcomes` });
  });
  afterAll(async () => {
    await world.must('DELETE', `/api/v1/webhooks/${webhook.webhook_id}`);
    await outcomes.stop();
  });
  /** Waits until the outcome's publication has been exported, which is the last span. */
  const spansOf = (id: string): Promise<readonly ExportedSpan[]> =>
    until(() => {
      const spans = receiver.spans().filter(({ trace_id }) => trace_id === id);
      return spans.some(({ name }) => name === 'publish outcomes') && spans;
    }, `the outcome is in the trace ${id}`);
  const named = (spans: readonly ExportedSpan[]): readonly string[] => [
    ...new Set(spans.map(({ service, name }) => `${service}: ${name}`)),
  ];
  /** From the bus to the device and back to the bus. */
  const ofEveryAction = [
    'safety-rails: accept intent',
    ...gateNames.map((gate) => `safety-rails: gate ${gate}`),
    'policy-evaluator: serve policy-evaluator.evaluate',
    'digital-twin: serve digital-twin.predict',
    'budget-ledger: serve budget-ledger.consume',
    'netconf-gateway: serve netconf-gateway.apply',
    'netconf-gateway: execute start',
    'netconf-gateway: netconf edit-config',
    'netconf-gateway: netconf commit',
    'netconf-gateway: execute observe',
    'netconf-gateway: execute confirm',
    'safety-rails: log append',
    'safety-rails: handle safety-rails-outcomes',
    'safety-rails: publish outcomes',
  ];

  /** Submits an intent and returns the spans of its trace once its outcome is published. */
  const traced = async (
    traceId: string,
    device: string,
    submit: (intent: ActionIntentV1, headers: { readonly traceparent: string }) => Promise<unknown>,
  ): Promise<readonly ExportedSpan[]> => {
    const intent = world.intent(await failing(device));
    await submit(intent, { traceparent: `00-${traceId}-${submitter}-01` });
    const view = await world.ends(actionIdOf(tenant, intent.intent_id));
    expect([view.state, view.reasons]).toEqual(['COMPLETED', []]);
    const spans = await spansOf(traceId);
    const messages = await world.messages('OUTCOMES', subject({ kind: 'outcomes', tenant, actionType: '*' }));
    const envelope = messages.find(({ data }) => (data as ActionOutcomeV1).action_id === view.action_id);
    expect(envelope).toMatchObject({ traceparent: expect.stringContaining(traceId) });
    return spans;
  };
  /** The submitter's own span has these children. */
  const begins = (spans: readonly ExportedSpan[]): readonly string[] =>
    named(spans.filter(({ parent_id }) => parent_id === submitter));

  const whole = (id: string): Promise<readonly ExportedSpan[]> =>
    until(() => {
      const spans = receiver.spans().filter(({ trace_id }) => trace_id === id);
      const ids = new Set([submitter, ...spans.map(({ span_id }) => span_id)]);
      return spans.every(({ parent_id }) => ids.has(parent_id)) && spans;
    }, `every parent is in the trace ${id}`);

  it('goes from the request at the edge to the outcome on the bus', async () => {
    const spans = await traced('4bf92f3577b34da6a3ce929d0e0e4736', 'r03', (intent, headers) =>
      world.must('POST', '/api/v1/autonomous/actions', intent, {}, headers),
    );
    expect(begins(spans)).toEqual(['edge: POST /api/*']);
    expect(named(spans)).toEqual(
      expect.arrayContaining(['safety-rails: POST /api/v1/autonomous/actions', ...ofEveryAction]),
    );
  });

  it('goes on to the webhook that receives the outcome', async () => {
    const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
    const received = await until(
      () => outcomes.received.find(({ headers: { traceparent = '' } }) => traceparent.includes(traceId)),
      'the outcome is received in its trace',
    );
    const delivered = await until(
      () => receiver.spans().find(({ span_id }) => received.headers['traceparent']?.includes(span_id)),
      'the delivery is exported',
    );
    expect(delivered).toMatchObject({
      service: 'alerting',
      name: 'deliver notice',
      kind: 'client',
      trace_id: traceId,
      attributes: { 'interlock.outcome': 'delivered' },
    });
  });

  it('is one tree, whose spans say what they are', async () => {
    const spans = await whole('4bf92f3577b34da6a3ce929d0e0e4736');
    const byName = (pattern: RegExp): readonly ExportedSpan[] => {
      const found = spans.filter(({ name }) => pattern.test(name));
      expect([pattern, found.length > 0]).toEqual([pattern, true]);
      return found;
    };
    for (const commit of byName(/^netconf commit$/))
      expect(pathTo(submitter, spans, commit)).toEqual(
        expect.arrayContaining([
          expect.stringMatching(/^execute (?:start|confirm)$/),
          'serve netconf-gateway.take_turn',
          'accept intent',
          'POST /api/v1/autonomous/actions',
          'POST /api/*',
        ]),
      );
    for (const gate of byName(/^gate /)) {
      expect(pathTo(submitter, spans, gate)).toContain('accept intent');
      expect([gate.name, gate.attributes['interlock.gate.verdict']]).toEqual([gate.name, 'pass']);
    }
    for (const [pattern, kind, attributes] of spanShapes)
      for (const span of byName(pattern)) {
        expect([span.name, span.kind]).toEqual([span.name, kind]);
        expect(Object.keys(span.attributes)).toEqual(expect.arrayContaining([...attributes]));
      }
    for (const { name, resource } of spans)
      expect([name, resource]).toEqual([
        name,
        expect.objectContaining({
          'service.namespace': 'interlock',
          'service.version': expect.stringMatching(/^\d+\./),
          'service.instance.id': expect.stringMatching(/^[0-9a-f-]{36}$/),
        }),
      ]);
  });

  it('has neither secrets nor people in it', () => {
    const text = JSON.stringify(receiver.spans());
    expect(text).not.toMatch(/eyJ[\w-]{10}|Bearer |whsec_|password/i);
    for (const { password } of world.stack.runtime.devices) expect(text).not.toContain(password);
    expect(text).not.toContain(world.stack.runtime.nats.password);
    // The people of this suite, as a word of its own.
    expect(text).not.toMatch(/\b(?:ann|bob)\b/);
  });

  it('goes from the message on the bus to the outcome on the bus', async () => {
    const spans = await traced('0af7651916cd43dd8448eb211c80319c', 'r04', (intent, headers) =>
      new BusPublisher(world.upstream).publish(intentsSubject, world.cloudEvent(intent), {
        msgId: intent.intent_id,
        headers,
      }),
    );
    expect(begins(spans)).toEqual(['safety-rails: handle safety-rails-intents']);
    expect(named(spans)).toEqual(expect.arrayContaining([...ofEveryAction]));
  });

  describe('whose action waits for a person', () => {
    const traceId = '7b1f6c1f2d9c4e0a8f3b5d7c9e1a2b3c';
    let duty: Receiver;
    beforeAll(async () => {
      duty = await startReceiver();
      const secrets = join(world.stack.home, 'channel-secrets', tenant);
      mkdirSync(secrets, { recursive: true });
      writeFileSync(join(secrets, 'duty'), `whsec_${Buffer.alloc(32, 7).toString('base64')}`);
      writeFileSync(join(secrets, 'duty.for'), `127.0.0.1:${duty.port}\n`);
      await world.must(
        'PUT',
        '/api/v1/alerts/channels/duty',
        {
          kind: 'webhook',
          url: `${duty.url}/hook`,
          secret_ref: 'file:duty',
        },
        { sub: 'ann' },
      );
      await world.must(
        'PUT',
        '/api/v1/alerts/routes',
        { routes: [{ name: 'all', channels: ['duty'] }] },
        { sub: 'ann' },
      );
    });
    afterAll(() => duty.stop());

    it("goes on to the channel's receiver", async () => {
      const intent = world.intent(await failing('r02'), { risk_level: 'HIGH' });
      const headers = { traceparent: `00-${traceId}-${submitter}-01` };
      await world.must('POST', '/api/v1/autonomous/actions', intent, {}, headers);
      const heard = await until(
        () => duty.received.find(({ headers: { traceparent = '' } }) => traceparent.includes(traceId)),
        'the notice is in the trace',
      );
      expect(JSON.parse(heard.body)).toMatchObject({
        type: 'alert.trigger',
        data: { name: 'person_asked' },
      });
      const delivered = await until(
        () => receiver.spans().find(({ span_id }) => heard.headers['traceparent']?.includes(span_id)),
        'the delivery is exported',
      );
      expect(delivered).toMatchObject({
        service: 'alerting',
        name: 'deliver notice',
        trace_id: traceId,
        attributes: { 'interlock.channel.kind': 'webhook', 'interlock.outcome': 'delivered' },
      });
    });
  });
});

metricsSuite(
  () => world,
  async () => {
    const intent = world.intent(await failing('r05'));
    await world.must('POST', '/api/v1/autonomous/actions', intent);
    expect(await world.ends(actionIdOf(tenant, intent.intent_id))).toMatchObject({ state: 'COMPLETED' });
  },
);

describe('an agent that runs elsewhere', () => {
  const fileOf = (name: string): string => join(world.stack.home, `${name}.json`);
  const agents = async (...args: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await world.stack.cli(
      '--tenant',
      tenant,
      '--as',
      'ann',
      'agents',
      ...args,
    );
    if (code !== 0) throw new Error(`${stdout}${stderr}`);
    return stdout;
  };
  const clientOf = (name: string): InterlockClient =>
    new InterlockClient({ credential: AgentCredential.from(fileOf(name)) });
  let client: InterlockClient;
  let done: string;

  it('gets a credential, and has its action run', async () => {
    await world.cliApproved(tenant, 'agents', 'create', agent, '--account', account, '--out', fileOf(agent));
    expect(statSync(fileOf(agent)).mode & 0o777).toBe(0o600);
    expect(await agents('list')).toContain(agent);

    client = clientOf(agent);
    const accepted = await client.submit(world.intent(await failing('r01')));
    const action = await client.waitForOutcome(accepted.action_id, accepted);
    expect([action.state, action.reasons]).toEqual(['COMPLETED', []]);
    done = accepted.action_id;
    expect((await world.view(done)).requester).toBe(`service:agent.${agent}`);
  });

  it('is told of its refused intents by its own webhook, signed, and of nobody else’s', async () => {
    const outside = await startReceiver();
    try {
      const credential = AgentCredential.from(fileOf(agent));
      const address = `${credential.url}/api/v1/webhooks`;
      const registered = await fetch(address, {
        method: 'POST',
        headers: { ...(await credential.headers('POST', address)), 'content-type': 'application/json' },
        body: JSON.stringify({ url: `${outside.url}/agent` }),
      });
      expect(registered.status).toBe(201);
      const { secret } = (await registered.json()) as { readonly secret: string };
      const other = await world.must<{ readonly webhook_id: string; readonly secret: string }>(
        'POST',
        '/api/v1/webhooks',
        { url: `${outside.url}/service` },
      );

      const [mine, theirs] = [7, 8].map((score) => world.intent('cell-r01-1', { confidence_score: score }));
      await expect(client.submit(mine!)).rejects.toMatchObject({ code: 'validation-failed' });
      expect(await world.call('POST', '/api/v1/autonomous/actions', theirs)).toMatchObject({ status: 422 });
      const sentTo = (path: string) => outside.received.find((one) => one.path === path);
      const [toAgent, toService] = await until(() => {
        const [a, b] = [sentTo('/agent'), sentTo('/service')];
        return a !== undefined && b !== undefined && ([a, b] as const);
      }, 'both are told');
      expect(toAgent.headers['content-type']).toContain('application/cloudevents+json');
      const event = verifyWebhook(secret, toAgent.headers, toAgent.body);
      expect(event).toMatchObject({
        specversion: '1.0',
        type: 'interlock.intent_rejected.v1',
        id: toAgent.headers['webhook-id'],
        data: {
          intent_id: mine!.intent_id,
          tenant_id: tenant,
          code: 'validation-failed',
          violations: [{ pointer: '/confidence_score', detail: expect.stringContaining('1') }],
        },
      });
      expect(() => verifyWebhook(other.secret, toAgent.headers, toAgent.body)).toThrow();
      expect(verifyWebhook(other.secret, toService.headers, toService.body)).toMatchObject({
        type: 'interlock.intent_rejected.v1',
        data: { intent_id: theirs!.intent_id },
      });
      expect(outside.received).toHaveLength(2);
      await world.must('DELETE', `/api/v1/webhooks/${other.webhook_id}`);
    } finally {
      await outside.stop();
    }
  });

  it('goes on with a new key, and is refused once revoked', async () => {
    const rotate = ['rotate', agent, '--credential', fileOf(agent), '--overlap', '0'];
    await world.cliApproved(tenant, 'agents', ...rotate);
    renameSync(`${fileOf(agent)}.next`, fileOf(agent));
    const renewed = clientOf(agent);
    expect((await renewed.action(done)).state).toBe('COMPLETED');
    await until(
      () =>
        client.action(done).then(
          () => false,
          (error: unknown) => (error as { readonly code?: string }).code === 'credential-revoked',
        ),
      'the old key has ended',
    );

    await agents('revoke', agent, '--cancel');
    const refused = renewed.submit(world.intent(await failing('r02')));
    await expect(refused).rejects.toMatchObject({ code: 'credential-revoked' });
    await expect(clientOf(agent).action(done)).rejects.toMatchObject({
      code: 'credential-revoked',
    });
  });
});

const { python, missing } = findPython(['httpx', 'pydantic', 'cryptography']);

suiteWhere(describe, 'an agent in Python', missing, () => {
  it('submits, waits, answers webhooks, is governed and has its key rotated and revoked', async () => {
    const folder = join(repository, 'clients/python');
    const { code, output } = await runPython(python, ['-m', 'unittest', '-v'], {
      cwd: join(folder, 'tests/stack'),
      env: {
        PYTHONPATH: join(folder, 'src'),
        INTERLOCK_CLI: JSON.stringify([process.execPath, commandLine, '--home', world.stack.home]),
        INTERLOCK_HOME: world.stack.home,
        INTERLOCK_TENANT: tenant,
        INTERLOCK_URL: world.stack.runtime.http,
      },
    });
    expect(code === 0 ? '' : output).toBe('');
    expect(output).toMatch(/^Ran [1-9]\d* tests? in [\s\S]*^OK$/m);
  });
});
