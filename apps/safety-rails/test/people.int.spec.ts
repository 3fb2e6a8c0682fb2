import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { scopes, subject, type ActionIntentV1 } from '@interlock/contracts';
import { actionIdOf, collect, type RecordedEvent } from '@interlock/kernel';
import { newMasterKey, parseMasterKeys, People, postgresPeopleTable } from '@interlock/people';
import type { ServiceContext } from '@interlock/platform';
import { openPool } from '@interlock/postgres';
import { startGate, until, type Gate, type Parts } from '@interlock/testing';
import { JSONCodec } from 'nats';
import type { Pool } from 'pg';
import { registerUser } from './registered.js';
import { intentsOf, requestRails, startRails, type RailsAnswer, type StartedRails } from './started-rails.js';

const json = JSONCodec();

let started: StartedRails;
let gate: Gate;
let pool: Pool;
let people: People;
let time = 0;

const call = async (
  method: string,
  path: string,
  body?: unknown,
  who: { sub?: string; kind?: 'person' | 'service' } = {},
  more: { readonly [name: string]: string } = {},
): Promise<RailsAnswer> => {
  const headers = await started.parts.issuer.person(scopes, {
    sub: who.sub ?? 'anna',
    kind: who.kind ?? 'person',
  });
  return requestRails(started, method, path, { headers: { ...headers, ...more }, body });
};
const intent = intentsOf('p');
const streamOf = (of: ActionIntentV1): Promise<RecordedEvent[]> =>
  collect(started.parts.log.store.read(`action-demo:${actionIdOf('demo', of.intent_id)}`));
/** An action that waits for a person's yes. */
const waiting = async (over: Partial<ActionIntentV1> = {}): Promise<{ of: ActionIntentV1; path: string }> => {
  started.stand.posture = 'YELLOW';
  const of = intent(over);
  const path = `/actions/${actionIdOf('demo', of.intent_id)}`;
  expect((await call('POST', '/actions', of, { sub: 'optimizer', kind: 'service' })).status).toBe(202);
  await until(
    async () => (await call('GET', path)).body['state'] === 'AWAITING_APPROVAL',
    'it waits for a yes',
  );
  return { of, path };
};
const onBus = async (stream: string, filter: string): Promise<string> => {
  const consumer = await started.parts.connection
    .jetstream()
    .consumers.get(stream, { filterSubjects: filter });
  let text = '';
  for await (const message of await consumer.fetch({ max_messages: 1000, expires: 1000 }))
    text += `${message.string()}\n`;
  return text;
};

/** The people's table behind a gate that a test can close, with a clock of the test's own. */
const gatedPeople = async (parts: Parts): Promise<Partial<ServiceContext>> => {
  const url = new URL(parts.postgres.connectionString);
  gate = await startGate(Number(url.port));
  url.port = `${gate.port}`;
  pool = openPool({ connectionString: url.href, max: 10, allowExitOnIdle: true }, () => undefined);
  people = new People({
    table: postgresPeopleTable(pool),
    keys: parseMasterKeys(newMasterKey()),
    logger: { warn: () => undefined },
    clock: () => time,
  });
  return { database: pool, people };
};

beforeAll(async () => {
  started = await startRails({ SAFETY_RAILS_SWEEP_S: '0.5' }, gatedPeople);
  await registerUser(started.rails, started.parts.issuer, 'demo.app');
});
afterAll(() =>
  started.stop(async () => {
    await pool.end();
    await gate.stop();
  }),
);

describe('what a person writes about an action', () => {
  it('is sealed in the log, on the bus and in the outcome, and opened where it is shown', async () => {
    const { of, path } = await waiting();
    const answer = await call('POST', `${path}/reject`, { comment: 'Bert saw smoke' }, { sub: 'ben' });
    const ben = `person:${await people.idOf('demo', 'ben')}`;
    expect(answer.body['comments']).toEqual([
      { on: 'ActionRejected', by: ben, at: expect.any(String), comment: 'Bert saw smoke' },
    ]);
    expect(answer.body['reasons']).toEqual([{ code: 'rejected', detail: 'a person rejected it' }]);
    const event = (await streamOf(of)).find(({ type }) => type === 'ActionRejected');
    expect(event).toMatchObject({
      data: { by: ben, comment: expect.stringMatching(/^enc:1:/) },
      metadata: { schema_version: 1 },
    });
    await until(
      async () => JSON.stringify((await call('GET', path)).body['comments']).includes('Bert saw smoke'),
      'the read model is that far',
    );
    expect(JSON.stringify((await call('GET', `${path}/timeline`)).body)).toContain('Bert saw smoke');
    const outcome = await until(async () => {
      const outcomes = await onBus('OUTCOMES', `interlock.outcomes.demo.cell_failover`);
      return outcomes.includes(of.intent_id) && outcomes;
    }, 'the outcome is told');
    expect(outcome).not.toContain('smoke');
    expect(await onBus('EVENTS', 'interlock.events.action.*.demo')).not.toContain('smoke');
    expect(started.parts.lines.join('')).not.toContain('smoke');
  });

  it('is opened in live events, as they are sent', async () => {
    const { path } = await waiting();
    const stop = new AbortController();
    const headers = await started.parts.issuer.person(['AUTONOMOUS_READ'], { sub: 'watcher' });
    const stream = await fetch(
      `http://127.0.0.1:${started.rails.http.port}/api/v1/autonomous/actions/stream`,
      {
        headers,
        signal: stop.signal,
      },
    );
    const reader = stream.body!.pipeThrough(new TextDecoderStream()).getReader();
    await call('POST', `${path}/reject`, { comment: 'live from the mast' }, { sub: 'ben' });
    let text = '';
    while (!text.includes('ActionRejected') || !text.endsWith('\n\n'))
      text += (await reader.read()).value ?? '';
    stop.abort();
    expect(text).toContain('"comment":"live from the mast"');
  });

  it('a repeat of the same command is the same command, another text another one', async () => {
    const { of, path } = await waiting();
    const key = { 'idempotency-key': 'once-more' };
    const { digest } = (await call('GET', path)).body['approval'] as { readonly digest: string };
    const first = await call('POST', `${path}/approve`, { digest, comment: 'fine' }, { sub: 'ben' }, key);
    const again = await call('POST', `${path}/approve`, { digest, comment: 'fine' }, { sub: 'ben' }, key);
    expect([first.status, again.status]).toEqual([200, 200]);
    expect(
      await call('POST', `${path}/approve`, { digest, comment: 'or not' }, { sub: 'ben' }, key),
    ).toMatchObject({ status: 409, body: { code: 'idempotency-conflict' } });
    expect((await streamOf(of)).filter(({ type }) => type === 'ActionApproved')).toHaveLength(1);
  });

  it("of the allowed length is kept whole, and a service's stays as it is", async () => {
    const { path } = await waiting();
    const long = '☎'.repeat(2000);
    expect((await call('POST', `${path}/reject`, { comment: `${long}!` }, { sub: 'ben' })).status).toBe(422);
    expect(
      (await call('POST', `${path}/reject`, { comment: long }, { sub: 'ben' })).body['comments'],
    ).toMatchObject([{ comment: long }]);
    const other = await waiting();
    await call(
      'POST',
      `${other.path}/cancel`,
      { comment: 'superseded by plan 7' },
      { sub: 'planner', kind: 'service' },
    );
    expect((await streamOf(other.of)).find(({ type }) => type === 'ActionCancelled')).toMatchObject({
      data: { comment: 'superseded by plan 7' },
    });
  });

  it("that looks sealed is sealed again; put anywhere else it is refused, and so is a service's", async () => {
    const { of, path } = await waiting();
    const stolen = await people.seal(
      { tenant_id: 'demo', person_id: await people.idOf('demo', 'ben') },
      'private',
      'c',
    );
    expect(
      (
        await call('POST', '/actions', intent({ incident_id: stolen.slice(0, 128) }), {
          sub: 'optimizer',
          kind: 'service',
        })
      ).status,
    ).toBe(422);
    expect(
      (await call('POST', `${path}/cancel`, { comment: stolen }, { sub: 'planner', kind: 'service' })).status,
    ).toBe(422);
    expect(
      (await call('POST', `${path}/reject`, { comment: stolen }, { sub: 'mallory' })).body['comments'],
    ).toMatchObject([{ comment: stolen }]);
    expect((await streamOf(of)).find(({ type }) => type === 'ActionRejected')).toMatchObject({
      data: { comment: expect.stringContaining(await people.idOf('demo', 'mallory')) },
    });
  });
});

describe('an approval that another service wrote', () => {
  it('moves nothing: the action is not approved, a person still cancels it, and its story shows the event', async () => {
    const { of, path } = await waiting();
    const before = await streamOf(of);
    const [asked] = before.filter(({ type }) => type === 'ApprovalRequested');
    const { digest } = asked!.data as { readonly digest: string };
    await started.parts.log.store.append(
      asked!.stream,
      [
        {
          id: randomUUID(),
          type: 'ActionApproved',
          data: { by: 'person:nobody', digest, approvals: 1, approvals_required: 1 },
          metadata: { ...asked!.metadata, command_id: randomUUID(), writer: 'budget-ledger' },
        },
      ],
      'any',
    );
    const refused = {
      status: 500,
      body: { code: 'forged-event', detail: expect.stringContaining('`budget-ledger` wrote it') },
    };
    expect(await call('POST', `${path}/approve`, { digest })).toMatchObject(refused);
    expect((await call('GET', path)).body['state']).toBe('AWAITING_APPROVAL');
    const { items } = (await call('GET', `${path}/timeline`)).body as {
      readonly items: readonly { readonly type: string }[];
    };
    expect(items.at(-1)?.type).toBe('ActionApproved');
    expect(await streamOf(of)).toHaveLength(before.length + 1);
    expect(await call('POST', `${path}/cancel`, {})).toMatchObject({
      status: 200,
      body: { state: 'CANCELLED' },
    });
    expect((await streamOf(of)).map(({ type }) => type)).toContain('ActionCancelled');
    expect(await call('POST', `${path}/approve`, { digest })).toMatchObject(refused);
  });
});

describe('who is said to have asked', () => {
  it('is known by id alone, and may not say yes', async () => {
    const { of, path } = await waiting({ requested_by: 'carla@example.net' });
    expect(await call('POST', `${path}/approve`, {}, { sub: 'carla@example.net' })).toMatchObject({
      status: 403,
      body: { code: 'same-person' },
    });
    expect((await streamOf(of))[0]).toMatchObject({
      data: { claimed_by: `person:${await people.idOf('demo', 'carla@example.net')}` },
    });
    expect(JSON.stringify((await streamOf(of)).map(({ data, metadata }) => [data, metadata]))).not.toContain(
      'carla',
    );
  });

  it('is left out of what is kept of a rejected intent', async () => {
    const bad = { ...intent({ requested_by: 'dora@example.net' }), affected_entity_count: -1 };
    expect((await call('POST', '/actions', bad, { sub: 'optimizer', kind: 'service' })).status).toBe(422);
    const event = {
      specversion: '1.0',
      type: 'interlock.action_intent.v1',
      source: 't',
      id: `${bad.intent_id}-bus`,
      time: new Date().toISOString(),
      datacontenttype: 'application/json',
      data: { ...bad, intent_id: `${bad.intent_id}-bus` },
    };
    await started.parts.connection
      .jetstream()
      .publish(subject({ kind: 'intents', tenant: 'demo', user: 'demo.app' }), json.encode(event));
    const kept = await until(async () => {
      const text = await onBus('REJECTED', 'interlock.intents.rejected.demo');
      return text.includes(`${bad.intent_id}-bus`) && text;
    }, 'both are kept');
    expect(kept.match(/"requested_by":"\[left out\]"/g)?.length).toBeGreaterThanOrEqual(2);
    expect(kept).not.toContain('dora');
  });
});

describe('an intent that names a person', () => {
  const named = (
    subject: string,
    over: Partial<ActionIntentV1> = {},
  ): { of: ActionIntentV1; event: object } => {
    const of = intent({ requested_by: subject, ...over });
    return {
      of,
      event: {
        specversion: '1.0',
        type: 'interlock.action_intent.v1',
        source: 't',
        id: of.intent_id,
        time: new Date().toISOString(),
        datacontenttype: 'application/json',
        data: of,
      },
    };
  };
  const files = (): readonly Buffer[] =>
    readdirSync(started.parts.nats.folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(join(entry.parentPath, entry.name)));

  it("leaves no trace in the bus's files once it is taken or refused, while one that waits keeps what stands beside it", async () => {
    await people.idOf('demo', 'zenobia@example.net');
    const [waits, taken, refused] = [
      named('waiting@example.net'),
      named('zenobia@example.net'),
      named('zenobia@example.net', { affected_entity_count: -1 }),
    ];
    gate.cut();
    time += 600_000;
    try {
      for (const { event } of [waits, taken, refused])
        await started.parts.connection
          .jetstream()
          .publish(subject({ kind: 'intents', tenant: 'demo', user: 'demo.app' }), json.encode(event));
      await until(
        async () =>
          (await onBus('OUTCOMES', 'interlock.accepted.demo')).includes(taken.of.intent_id) &&
          (await onBus('REJECTED', 'interlock.intents.rejected.demo')).includes(refused.of.intent_id),
        'both are handled',
      );
      await until(() => files().every((bytes) => !bytes.includes('zenobia')), 'their bytes are overwritten');
      expect(files().some((bytes) => bytes.includes('waiting@example.net'))).toBe(true);
    } finally {
      gate.mend();
    }
    await until(
      () => files().every((bytes) => !bytes.includes('waiting@example.net')),
      'the last one is handled and gone too',
    );
  });
});

describe('an intent of a person that is refused', () => {
  it('is kept without what was wrong in it: that may be anything they wrote', async () => {
    const bad = {
      ...intent({ parameters: { comment: 'Erika was here', power_raise_db: 3 } as never }),
      comment: 'and here',
      affected_entity_count: -1,
    };
    expect((await call('POST', '/actions', bad, { sub: 'erika' })).status).toBe(422);
    expect(
      (
        await call(
          'POST',
          '/actions',
          { ...bad, intent_id: `${bad.intent_id}-2`, comment: undefined, affected_entity_count: 3 },
          { sub: 'erika' },
        )
      ).status,
    ).toBe(422);
    const kept = await until(async () => {
      const text = await onBus('REJECTED', 'interlock.intents.rejected.demo');
      return (
        text.includes(`${bad.intent_id}-2`) && text.split('\n').filter((line) => line.includes(bad.intent_id))
      );
    }, 'both are kept');
    expect(kept).toHaveLength(2);
    expect(kept[0]).toContain('"comment":"[left out]"');
    expect(kept.join('')).toContain('"power_raise_db":3');
    expect(kept.join('')).not.toMatch(/Erika was here|and here/);
  });
});

describe('the kill switch with the database away', () => {
  it('is engaged by who is known, with the reason sealed; who is new is told to try again', async () => {
    await call('GET', '/status', undefined, { sub: 'known' });
    gate.cut();
    time += 600_000;
    try {
      expect(
        await call(
          'POST',
          '/kill-switch',
          { scope: 'tenant', engaged: true, reason: 'fire in the hall' },
          { sub: 'known' },
        ),
      ).toMatchObject({ status: 200, body: { engaged: true } });
      expect(
        await call(
          'POST',
          '/kill-switch',
          { scope: 'tenant', engaged: true, reason: 'x' },
          { sub: 'stranger' },
        ),
      ).toMatchObject({ status: 503, body: { code: 'database-unavailable' } });
    } finally {
      gate.mend();
    }
    const known = await people.idOf('demo', 'known');
    const [event] = await collect(started.parts.log.store.read('kill_switch-demo:tenant'));
    const { reason } = event!.data as { reason: string };
    expect((await people.open(['demo'], [reason])).get(reason)).toBe('fire in the hall');
    expect(reason).toContain(known);
  });
});
