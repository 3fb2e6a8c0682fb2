import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { ChangeAnswer } from '@interlock/contracts';
import { collect } from '@interlock/kernel';
import { codeOf, useRegistry, type Answer } from './world.js';

const registry = useRegistry();
const { ask } = registry;
const tenant = 'loose';
const scopes = ['POLICY_READ', 'POLICY_WRITE', 'POLICY_ACTIVATE', 'AUTONOMY_ADMIN'] as const;
let person: Record<string, string>;
let program: Record<string, string>;
beforeAll(async () => {
  person = await registry.parts.issuer.person(scopes, { tenant });
  program = await registry.parts.issuer.service(scopes, { tenant });
});

const base = `/api/v1/policies/${tenant}`;
const reason = { 'interlock-reason': 'f%C3%BCr%20CI' };
const policy = (policy_id: string, decision: string, over: object = {}) => ({
  policy_id,
  name: policy_id,
  action_types: ['cell_failover'],
  decision,
  ...over,
});
const create = (body: object, as = person, headers = {}): Promise<Answer> =>
  ask('POST', base, { body, as, headers });
const change = (id: string, body: object, as = person, headers = {}): Promise<Answer> =>
  ask('PATCH', `${base}/${id}`, { body, as, headers });
const changeOf = ({ status, body }: Answer): ChangeAnswer => {
  expect(status).toBe(202);
  return body as unknown as ChangeAnswer;
};
const approve = (answer: Answer) => registry.changes.approve(tenant, changeOf(answer));
const streamOf = (id: string) => collect(registry.parts.log.store.read(`policy-${tenant}:${id}`));
const pointersOf = (answer: Answer): readonly string[] => [
  ...new Set(changeOf(answer).loosened.map(({ pointer }) => pointer)),
];

describe('a policy', () => {
  it('that newly allows waits for another person, and is written once by the change', async () => {
    const asked = await create(policy('new', 'ALLOW'));
    expect(asked.body).toMatchObject({
      status: 'open',
      setting: `policy-${tenant}:new`,
      loosened: [{ pointer: '/decision', detail: expect.stringContaining('from NEEDS_APPROVAL to ALLOW') }],
    });
    expect(await streamOf('new')).toEqual([]);
    await approve(asked);
    await registry.changes.approve(tenant, changeOf(asked));
    const events = await streamOf('new');
    expect(events.map(({ type, metadata }) => [type, metadata.change])).toEqual([
      ['PolicyCreated', { id: changeOf(asked).change_id, digest: changeOf(asked).digest }],
    ]);
    // What is so already is answered, and asks for nothing.
    expect((await create(policy('new', 'ALLOW'))).status).toBe(201);
    expect(codeOf(await create(policy('new', 'DENY')))).toBe('409 already-exists');
  });

  it('that denies is written at once, by a program too, and no program takes it out', async () => {
    expect((await create(policy('no', 'DENY'), program)).status).toBe(201);
    expect((await create(policy('mine', 'DENY'), person)).status).toBe(201);
    for (const body of [
      { status: 'disabled' },
      { status: 'retired' },
      { decision: 'CONFIRM' },
      { action_types: ['inbox.quarantine'] },
      { conditions: [{ field: 'risk_score', op: '>', value: 98 }] },
      { conditions: [{ field: 'estimated_cost', op: '>=', value: 0 }] },
    ])
      expect([body, codeOf(await change('mine', body, program))]).toEqual([body, '403 person-required']);
    expect((await streamOf('mine')).length).toBe(1);
    const asked = await change('mine', { status: 'disabled' }, program, reason);
    expect(pointersOf(asked)).toEqual(['/decision']);
    expect((await streamOf('mine')).length).toBe(1);
    await approve(asked);
    expect((await streamOf('mine')).at(-1)).toMatchObject({
      type: 'PolicyStatusChanged',
      metadata: { actor: { kind: 'service' }, change: { id: changeOf(asked).change_id } },
    });
    // To enable it again tightens.
    expect((await change('mine', { status: 'active' }, program)).status).toBe(200);
  });

  it('is compared with the other policies: a limit is missed only where another one allows', async () => {
    await approve(
      await create(policy('limited', 'ALLOW', { max_affected_entities: 3, policy_id: 'limited' })),
    );
    // `new` still allows everything that `limited` held to three entities.
    expect(pointersOf(await change('limited', { status: 'disabled' }))).toEqual(['/limits']);
    expect((await change('new', { status: 'disabled' }, program)).status).toBe(200);
    expect((await change('limited', { status: 'disabled' }, program)).status).toBe(200);
  });

  it('that has moved on refuses the approved change', async () => {
    const asked = await create(policy('raced', 'ALLOW'));
    expect((await create(policy('raced', 'DENY'))).status).toBe(201);
    await expect(approve(asked)).rejects.toMatchObject({ code: 'stale-change' });
    expect((await streamOf('raced')).length).toBe(1);
  });

  it('refuses what is invalid before it asks anybody', async () => {
    expect(codeOf(await create(policy('bad', 'ALLOW', { action_types: ['nothing.such'] })))).toBe(
      '422 policy-invalid',
    );
  });
});

describe('a crash between the approval and the write', () => {
  let other: Awaited<ReturnType<typeof registry.another>> | undefined;
  afterEach(async () => {
    await other?.stop();
  });

  it('leaves the change to another instance, which writes it once', async () => {
    const asked = await create(policy('crashed', 'ALLOW'));
    await registry.changes.consent(tenant, changeOf(asked));
    expect(await streamOf('crashed')).toEqual([]);
    other = await registry.another();
    await registry.changes.approve(tenant, changeOf(asked));
    expect((await streamOf('crashed')).length).toBe(1);
  });
});

describe('an action type', () => {
  const path = '/api/v1/action-types/own.sort';
  const type = (over: object = {}) => ({
    title: 'Sort',
    parameters: { type: 'object', properties: { to: { type: 'string' } } },
    external_contact: true,
    confidence_threshold: 0.9,
    ...over,
  });
  const put = async (body: object, as = person, headers = {}): Promise<Answer> => {
    const { headers: known } = await ask('GET', path, { as: person });
    return ask('PUT', path, { body, as, headers: { 'if-match': known.get('etag') ?? '', ...headers } });
  };

  it('that is new waits for another person; a program may only propose it', async () => {
    expect(codeOf(await ask('POST', path, { body: type(), as: program }))).toBe('403 person-required');
    const asked = await ask('POST', path, { body: type(), as: program, headers: reason });
    expect(changeOf(asked).loosened).toEqual([{ pointer: '', detail: 'is new' }]);
    for (const [method, at] of [
      ['GET', path],
      ['GET', `${path}/versions`],
      ['POST', `${path}/retire`],
    ] as const)
      expect(codeOf(await ask(method, at, { as: person }))).toBe('404 not-found');
    const changed = await ask('PUT', path, { body: type(), as: person, headers: { 'if-match': '"0"' } });
    expect(codeOf(changed)).toBe('404 not-found');
    const builtIn = '/api/v1/action-types/cell_failover/versions';
    expect(await ask('GET', builtIn, { as: person })).toMatchObject({ status: 200, body: { items: [] } });
    await approve(asked);
    expect((await ask('POST', path, { body: type(), as: person })).status).toBe(201);
  });

  it('is sent back as it was answered, and stays as it is', async () => {
    const { body: answer } = await ask('GET', path, { as: person });
    expect(answer).toMatchObject({ parameters: type().parameters, confidence_threshold: 0.9 });
    const { status, body } = await put(answer);
    expect([status, body['version'], body['revision']]).toEqual([200, answer['version'], answer['revision']]);
  });

  it("names no variable that is not its tenant's as its secret", async () => {
    const signedBy = (secret_ref: string) =>
      ask('POST', '/api/v1/action-types/own.signed', {
        body: type({ handler: { kind: 'webhook', url: 'https://agents.example.com/', secret_ref } }),
        as: person,
      });
    for (const reference of [
      'env:PGPASSWORD',
      'env:HANDLER_OTHER__MAIL',
      'env:HANDLER_LOOSE__MAIL__FOR',
      'file:../other/mail',
      'file:mail.for',
    ]) {
      const { status, body } = await signedBy(reference);
      expect([status, body['violations']]).toMatchObject([422, [{ pointer: '/handler/secret_ref' }]]);
    }
    expect((await signedBy('env:HANDLER_LOOSE__MAIL')).status).toBe(202);
  });

  it.each([
    [{ external_contact: false }, '/external_contact'],
    [{ read_only: true }, '/read_only'],
    [{ confidence_threshold: 0.5 }, '/confidence_threshold'],
    [
      { parameters: { type: 'object', properties: { to: { type: 'string', maxLength: 3 } } } },
      '/parameters_schema',
    ],
    [{ handler: { kind: 'nats' } }, '/handler'],
  ])('with %p loosens', async (over, pointer) => {
    expect(codeOf(await put(type(over), program))).toBe('403 person-required');
    expect(pointersOf(await put(type(over)))).toEqual([pointer]);
  });

  it('is tightened and retired at once, by a program too', async () => {
    expect((await put(type({ confidence_threshold: 0.95 }), program)).status).toBe(200);
    expect((await ask('POST', `${path}/retire`, { as: program })).status).toBe(200);
  });
});

describe('the other settings of bundles', () => {
  const invariant = { id: 'never', never: 'ALLOW', action: 'cell_failover' };

  it.each([
    [
      'lint/settings',
      { invariants: [invariant], severities: { more_permissive: 'error' } },
      { invariants: [], severities: {} },
      ['/invariants', '/severities/more_permissive'],
    ],
    [
      'rollout/settings',
      { dwell_h: 48, gates: { decisions: 200 } },
      { dwell_h: 1, gates: { decisions: 100 } },
      ['/gates/decisions', '/dwell_h'],
    ],
  ])('%s are tightened at once and loosened by people', async (name, tight, loose, pointers) => {
    const path = `/api/v1/policy/${name}`;
    expect((await ask('PUT', path, { body: tight, as: program })).status).toBe(200);
    expect(codeOf(await ask('PUT', path, { body: loose, as: program }))).toBe('403 person-required');
    const asked = await ask('PUT', path, { body: loose, as: person });
    expect(pointersOf(asked)).toEqual(pointers);
    await approve(asked);
    expect((await ask('PUT', path, { body: loose, as: program })).status).toBe(200);
  });

  it('members of a team without a bundle of its own are nothing that loosens', async () => {
    const body = { name: 'North', agents: ['north'] };
    expect((await ask('PUT', '/api/v1/policy/teams/north', { body, as: person })).status).toBe(200);
    expect(codeOf(await ask('PUT', '/api/v1/policy/teams/north', { body, as: program }))).toBe(
      '403 person-required',
    );
  });
});
