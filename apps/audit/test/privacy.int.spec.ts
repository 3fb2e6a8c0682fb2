import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Scope } from '@interlock/contracts';
import { collect, InMemoryEventStore, ProblemError, testMetadata } from '@interlock/kernel';
import { listDeadLetters } from '@interlock/jetstream';
import type { RunningService } from '@interlock/platform';
import { startParts, testContext, until, type Parts } from '@interlock/testing';
import { start } from '../src/main.js';
import { Erasures } from '../src/privacy/erasures.js';

let parts: Parts;
let service: RunningService;
let serial = 0;
const unique = (): string => `person-${(serial += 1)}@example.net`;

type Line = {
  readonly person?: object;
  readonly stream?: string;
  readonly data?: { readonly comment?: string; readonly note?: string };
};
type Answer = {
  readonly status: number;
  readonly body: { readonly [name: string]: unknown };
  readonly lines: readonly Line[];
};
const call = async (
  method: string,
  path: string,
  over: {
    body?: object;
    kind?: 'service';
    sub?: string;
    tenant?: string;
    tenants?: string[];
    scopes?: readonly Scope[];
  } = {},
): Promise<Answer> => {
  const { body, kind = 'person', sub = 'dpo', scopes = ['PRIVACY_ADMIN'], ...rest } = over;
  const headers = await parts.issuer.person(scopes, { kind, sub, ...rest });
  const response = await fetch(`http://127.0.0.1:${service.http.port}/api/v1/audit/people${path}`, {
    method,
    headers: { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const ndjson = response.headers.get('content-type')?.startsWith('application/x-ndjson') === true;
  return {
    status: response.status,
    body: ndjson ? {} : (JSON.parse(text) as never),
    lines: ndjson
      ? text
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line) as Line)
      : [],
  };
};
const append = (stream: string, data: object, person_id: string | null = null): Promise<unknown> =>
  parts.log.store.append(
    stream,
    [
      {
        id: `00000000-0000-4000-8000-${String((serial += 1)).padStart(12, '0')}`,
        type: 'SomethingHappened',
        data,
        metadata: testMetadata(person_id === null ? {} : { actor: { kind: 'person', person_id } }),
      },
    ],
    'any',
  );
/** Nothing is parked on the bus. */
const nothing = { drop: () => Promise.resolve(0) };
/** A person who wrote, was named, and stands beside another one. */
const somebody = async (): Promise<{ subject: string; id: string; comment: string }> => {
  const subject = unique();
  const id = await parts.people.idOf('demo', subject);
  const comment = await parts.people.seal({ tenant_id: 'demo', person_id: id }, 'what I wrote', subject);
  await append(`action-demo:${id}-acted`, { comment }, id);
  await append(`action-demo:${id}-named`, { by: `person:${id}` });
  return { subject, id, comment };
};

beforeAll(async () => {
  parts = await startParts();
  service = await start(testContext(parts, 'audit'));
});
afterAll(async () => {
  await service.stop();
  await parts.stop();
});

describe('what is held of a person', () => {
  it("is their row and every event that they acted in or that names them, their own texts opened and nobody else's", async () => {
    const { subject, id } = await somebody();
    const bert = await parts.people.idOf('demo', unique());
    await append(
      'incident-demo:both',
      { note: await parts.people.seal({ tenant_id: 'demo', person_id: bert }, "Bert's own", 'c'), about: id },
      bert,
    );
    await append(`action-other:${id}`, { by: id });
    const { status, lines } = await call('GET', `/${id}`);
    expect(status).toBe(200);
    expect(lines[0]).toEqual({
      person: { tenant_id: 'demo', person_id: id, subject, created_at: expect.any(String), erased_at: null },
    });
    expect(lines.slice(1).map(({ stream }) => stream)).toEqual([
      `action-demo:${id}-acted`,
      `action-demo:${id}-named`,
      'incident-demo:both',
      // This export itself.
      expect.stringMatching(/^access-demo:/),
    ]);
    expect(lines[1]!.data!.comment).toBe('what I wrote');
    expect(lines[3]!.data!.note).toMatch(new RegExp(`^enc:1:${bert}:`));
  });

  it('is found by the subject, in a body; the list has everyone of the tenant, page by page', async () => {
    const { subject, id } = await somebody();
    expect((await call('POST', '/lookup', { body: { subject } })).body).toMatchObject({
      person_id: id,
      subject,
    });
    expect((await call('POST', '/lookup', { body: { subject: 'nobody' } })).body).toMatchObject({
      code: 'not-found',
    });
    const ids: unknown[] = [];
    for (let cursor: unknown = ''; cursor !== null;) {
      const { body } = await call('GET', `?limit=2${cursor === '' ? '' : `&cursor=${String(cursor)}`}`);
      ids.push(...(body['items'] as { person_id: string }[]).map(({ person_id }) => person_id));
      cursor = body['next'];
    }
    expect(ids).toContain(id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(parts.lines.join('')).not.toContain(subject);
  });
});

describe('erasing a person', () => {
  it('drops row and key, says so in the log, and leaves every event as it was', async () => {
    const { subject, id, comment } = await somebody();
    const before = await collect(parts.log.store.readAll({ after: null }));
    const dpo = await parts.people.idOf('demo', 'dpo');
    const erased = await call('DELETE', `/${id}`);
    expect(erased).toMatchObject({
      status: 200,
      body: { person_id: id, erased: 'now', position: expect.any(String) },
    });
    const after = await collect(parts.log.store.readAll({ after: null }));
    expect(after.slice(0, before.length)).toEqual(before);
    expect(after.slice(before.length)).toMatchObject([
      {
        stream: `person-demo:${id}`,
        type: 'PersonErased',
        data: { person_id: id },
        metadata: { actor: { kind: 'person', person_id: dpo } },
      },
    ]);
    expect(await parts.people.unsettled()).toEqual([]);
    expect((await parts.people.open(['demo'], [comment])).get(comment)).toBe('[erased]');
    const { lines } = await call('GET', `/${id}`);
    expect(lines[0]).toMatchObject({
      person: { person_id: id, subject: null, erased_at: erased.body['erased_at'] },
    });
    expect(lines[1]!.data!.comment).toBe('[erased]');
    expect((await call('POST', '/lookup', { body: { subject } })).status).toBe(404);
    expect(JSON.stringify(lines)).not.toContain(subject);
  });

  it("takes their parked intents off the bus, and nobody else's; with the bus away nothing is erased", async () => {
    const { subject, id } = await somebody();
    const letter = (tenant: string, requested_by: string): object => ({
      consumer: 'safety-rails-intents',
      stream: 'INTENTS',
      subject: `interlock.intents.${tenant}`,
      sequence: 1,
      reason: 'given up',
      deliveries: 10,
      at: new Date().toISOString(),
      headers: {},
      payload: { data: { requested_by } },
    });
    const other = unique();
    for (const one of [
      letter('demo', subject),
      letter('demo', other),
      letter('other', subject),
      letter('demo', subject),
    ])
      await parts.connection.jetstream().publish('interlock.dead.safety-rails-intents', JSON.stringify(one));
    await parts.connection.jetstream().publish(
      'interlock.dead.someone-else',
      JSON.stringify({
        ...letter('demo', subject),
        consumer: 'someone-else',
        payload: null,
        payload_base64: 'AA==',
      }),
    );
    const away = { drop: () => Promise.reject(new ProblemError('bus-unavailable', 'away')) };
    const erasures = new Erasures({
      people: parts.people,
      parked: away,
      store: parts.log.store,
      logger: { warn: () => undefined, error: () => undefined },
    });
    await expect(
      erasures.erase(
        { tenant_id: 'demo', person_id: id },
        {
          commandId: 'c',
          tenantId: 'demo',
          actor: { kind: 'person', person_id: 'the-dpo' },
          now: '2026-11-20T10:00:00.000Z',
          correlationId: 'c',
          causationId: 'c',
        },
      ),
    ).rejects.toMatchObject({ code: 'bus-unavailable' });
    expect(await parts.people.person('demo', id)).not.toBeNull();
    expect(await call('DELETE', `/${id}`)).toMatchObject({ status: 200, body: { erased: 'now' } });
    const left = await listDeadLetters(parts.connection);
    expect(
      left.map(({ letter: { subject: from, payload } }) => [
        from,
        (payload as { data?: { requested_by: string } } | null)?.data?.requested_by,
      ]),
    ).toEqual([
      ['interlock.intents.demo', other],
      ['interlock.intents.other', subject],
      ['interlock.intents.demo', undefined],
    ]);
  });

  it('twice says since when', async () => {
    const { id } = await somebody();
    const first = await call('DELETE', `/${id}`);
    expect(await call('DELETE', `/${id}`)).toMatchObject({
      status: 200,
      body: {
        person_id: id,
        erased: 'before',
        erased_at: first.body['erased_at'],
        position: first.body['position'],
      },
    });
  });

  it('is for people with the scope, in their own tenant, of someone else who is there', async () => {
    const { id } = await somebody();
    const dpo = await parts.people.idOf('demo', 'dpo');
    const codes = await Promise.all([
      call('DELETE', `/${id}`, { kind: 'service', sub: 'robot' }),
      call('DELETE', `/${id}`, { scopes: ['AUDIT_READ', 'AUTONOMY_ADMIN'] }),
      call('DELETE', `/${id}`, { tenant: 'other' }),
      call('DELETE', `/${id}?tenant_id=third`),
      call('DELETE', `/${dpo}`),
      call('DELETE', '/someone%40example.net'),
      call('DELETE', `/${id.toUpperCase()}`),
      call('GET', '/00000000-0000-4000-8000-000000000000'),
      call('GET', `/${id}`, { kind: 'service', sub: 'robot' }),
    ]);
    expect(codes.map(({ body }) => body['code'])).toEqual([
      'person-required',
      'missing-scope',
      'not-found',
      'wrong-tenant',
      'same-person',
      'validation-failed',
      'validation-failed',
      'not-found',
      'person-required',
    ]);
    expect(await parts.people.person('demo', id)).not.toBeNull();
    expect(await call('DELETE', `/${id}`, { tenant: 'other', tenants: ['demo'] })).toMatchObject({
      body: { code: 'not-found' },
    });
    expect(
      await call('DELETE', `/${id}?tenant_id=demo`, { tenant: 'other', tenants: ['demo'] }),
    ).toMatchObject({ status: 200 });
  });

  it('that a crash cut off before its event is recorded at the next start, by who did it and when', async () => {
    const { id } = await somebody();
    await parts.people.erase(
      { tenant_id: 'demo', person_id: id },
      { kind: 'person', person_id: 'the-dpo' },
      '2026-11-20T10:00:00.000Z',
    );
    const erasures = new Erasures({
      people: parts.people,
      parked: nothing,
      store: parts.log.store,
      logger: { warn: () => undefined, error: () => undefined },
    });
    erasures.start();
    const [event] = await until(async () => {
      const found = await collect(parts.log.store.read(`person-demo:${id}`));
      return found.length > 0 && found;
    }, 'the erasure is in the log');
    await erasures.stop();
    expect(event).toMatchObject({
      type: 'PersonErased',
      metadata: { actor: { kind: 'person', person_id: 'the-dpo' }, occurred_at: '2026-11-20T10:00:00.000Z' },
    });
    expect(await parts.people.unsettled()).toEqual([]);
  });

  it('holds although an older backup brings the person back', async () => {
    const { subject, id, comment } = await somebody();
    const row = (
      (await parts.postgres.pool.query<{ readonly [column: string]: unknown }>(
        "begin; set local app.tenant_id = '_all'; select * from people.people where person_id = '" +
          id +
          "'; commit",
      )) as unknown as readonly { readonly rows: readonly { readonly [column: string]: unknown }[] }[]
    )[2]!.rows[0]!;
    await call('DELETE', `/${id}`);
    const client = await parts.postgres.pool.connect();
    await client.query("begin; set local app.tenant_id = '_all'");
    await client.query(
      `insert into people.people (${Object.keys(row).join(', ')}) values (${Object.keys(row)
        .map((_, i) => `$${i + 1}`)
        .join(', ')})`,
      Object.values(row),
    );
    await client.query('commit');
    client.release();
    expect((await parts.people.find('demo', subject))?.person_id).toBe(id);
    const restarted = await start({
      ...testContext(parts, 'audit'),
      metrics: new (parts.metrics.constructor as new () => Parts['metrics'])(),
    });
    try {
      await until(async () => (await parts.people.person('demo', id)) === null, 'the row is dropped again');
      expect((await parts.people.open(['demo'], [comment])).get(comment)).toBe('[erased]');
      await until(async () => (await parts.people.unsettled()).length === 0, 'nothing is left to record');
      expect(await collect(parts.log.store.read(`person-demo:${id}`))).toHaveLength(1);
    } finally {
      await restarted.stop();
    }
  });

  it('that the log does not take holds all the same, and a repeat records it', async () => {
    const { id } = await somebody();
    const author = { tenant_id: 'demo', person_id: id };
    const store = new InMemoryEventStore();
    const context = {
      commandId: 'c',
      tenantId: 'demo',
      actor: { kind: 'person', person_id: 'the-dpo' },
      now: '2026-11-20T10:00:00.000Z',
      correlationId: 'c',
      causationId: 'c',
    } as const;
    const away = Object.assign(Object.create(store) as InMemoryEventStore, {
      read: () => {
        throw new ProblemError('log-unavailable', 'away');
      },
    });
    expect(
      await new Erasures({
        people: parts.people,
        parked: nothing,
        store: away,
        logger: { warn: () => undefined, error: () => undefined },
      }).erase(author, context),
    ).toEqual({ person_id: id, erased: 'now', erased_at: context.now, position: null });
    expect(await parts.people.person('demo', id)).toBeNull();
    expect(
      await new Erasures({
        people: parts.people,
        parked: nothing,
        store,
        logger: { warn: () => undefined, error: () => undefined },
      }).erase(author, { ...context, now: '2026-11-20T11:00:00.000Z' }),
    ).toMatchObject({ erased: 'before', erased_at: context.now });
    expect(await collect(store.read(`person-demo:${id}`))).toHaveLength(1);
  });
});
