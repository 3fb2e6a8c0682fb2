import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { PersonChange, RecordPersonAnswer, Scope } from '@interlock/contracts';
import { RpcClient } from '@interlock/jetstream';
import { collect, isProblem } from '@interlock/kernel';
import type { RunningService } from '@interlock/platform';
import { answerChangeRequests, startParts, testContext, until, type Parts } from '@interlock/testing';
import { encodeCursor } from '@interlock/postgres';
import { start } from '../src/main.js';

let parts: Parts;
let service: RunningService;
let edge: RpcClient;
let changes: ReturnType<typeof answerChangeRequests>;
let serial = 0;
const newId = (): string => `req-${(serial += 1)}`;

type Line = {
  readonly type: string;
  readonly actor: { readonly person_id?: string; readonly service?: string };
  readonly actor_name: string | null;
  readonly person_id: string | null;
  readonly person_name: string | null;
  readonly data: { readonly [name: string]: unknown };
};
type Page = { readonly items: readonly Line[]; readonly next: string | null };

const invitation: PersonChange = {
  kind: 'invite',
  invitation_id: 'inv-1',
  occasion: 'new',
  role: 'approver',
  name: 'Nina Approver',
  expires_at: '2030-01-01T00:00:00.000Z',
  ends_sessions: false,
};
const session: PersonChange = {
  kind: 'start_session',
  session_id: 'ses-1',
  by: 'invitation',
  roles: ['approver'],
  name: 'Nina Approver',
  expires_at: '2030-01-01T00:00:00.000Z',
  invitation: { id: 'inv-1', made_by: 'person' },
};
const ask = (
  subject: string,
  change: PersonChange,
  {
    by = null,
    tenants = ['demo'],
    id = newId(),
  }: { by?: string | null; tenants?: string[]; id?: string } = {},
): Promise<RecordPersonAnswer> =>
  edge.call('audit.record_person', { request_id: id, person: { subject, tenants }, by, change });
/** Records a change; what needs people is approved by another person first. */
const record = async (...asked: Parameters<typeof ask>): Promise<RecordPersonAnswer> => {
  const [subject, change, options = {}] = asked;
  const again = { ...options, id: options.id ?? newId() };
  const first = await ask(subject, change, again);
  if (first.requested.length === 0) return first;
  const applied = await Promise.all(
    first.requested.map((requested) => changes.approve(requested.tenant_id, requested)),
  );
  const { recorded, requested } = await ask(subject, change, again);
  return {
    recorded: recorded.map((one, i) => ({ ...one, position: applied[i]?.position ?? one.position })),
    requested,
  };
};
const listed = async (
  path: string,
  {
    position,
    scopes = ['AUDIT_READ'],
    tenant = 'demo',
  }: { position?: string | null; scopes?: readonly Scope[]; tenant?: string } = {},
): Promise<{ readonly status: number; readonly page: Page }> => {
  const response = await fetch(`http://127.0.0.1:${service.http.port}/api/v1/audit/${path}`, {
    headers: {
      ...(await parts.issuer.person(scopes, { tenant })),
      ...(typeof position === 'string' ? { 'interlock-min-position': position } : {}),
    },
  });
  return { status: response.status, page: (await response.json()) as Page };
};
const streamOf = async (person: string, tenant = 'demo') =>
  collect(parts.log.store.read(`person-${tenant}:${person}`));

beforeAll(async () => {
  parts = await startParts();
  service = await start(testContext(parts, 'audit'));
  edge = new RpcClient(parts.connection, { caller: 'edge' });
  changes = answerChangeRequests(parts, 'audit');
});
afterAll(async () => {
  await service.stop();
  await parts.stop();
});

describe('audit.record_person', () => {
  it('writes an invitation into the stream of the invited person, by whom, with the name sealed', async () => {
    const { recorded } = await record('nina', invitation, { by: 'ada' });
    const [{ person_id: nina }] = recorded as [RecordPersonAnswer['recorded'][number]];
    const ada = await parts.people.idOf('demo', 'ada');
    const events = await streamOf(nina);
    expect(events.map(({ type }) => type)).toEqual(['PersonInvited', 'RoleGranted']);
    expect(events[0]).toMatchObject({
      data: { person_id: nina, invitation_id: 'inv-1', occasion: 'new', role: 'approver' },
      metadata: { actor: { kind: 'person', person_id: ada }, writer: 'audit' },
    });
    expect(JSON.stringify(events.map(({ data, metadata }) => ({ data, metadata })))).not.toContain('Nina');
  });

  it('writes nothing of a link for somebody else before people have approved it', async () => {
    const id = newId();
    const asked = await ask('otto', { ...invitation, name: 'Otto' }, { by: 'ada', id });
    const otto = await parts.people.idOf('demo', 'otto');
    expect(asked).toMatchObject({
      recorded: [],
      requested: [
        {
          tenant_id: 'demo',
          status: 'open',
          setting: `person-demo:${otto}`,
          loosened: [
            { pointer: '/roles', detail: 'gains `approver`' },
            { pointer: '/link' },
            { pointer: '/name', detail: expect.stringMatching(/^enc:/) },
          ],
        },
      ],
    });
    expect(await streamOf(otto)).toEqual([]);
    await changes.approve('demo', asked.requested[0]!);
    const [invited] = await streamOf(otto);
    expect(invited).toMatchObject({
      type: 'PersonInvited',
      metadata: {
        actor: { kind: 'person', person_id: await parts.people.idOf('demo', 'ada') },
        change: { id: asked.requested[0]!.change_id },
      },
    });
    expect(await ask('otto', { ...invitation, name: 'Otto' }, { by: 'ada', id })).toMatchObject({
      recorded: [{ person_id: otto }],
      requested: [],
    });
    expect(await streamOf(otto)).toHaveLength(2);
  });

  it('writes a link at once that a person makes for themselves, or the installation makes', async () => {
    const link: PersonChange = { ...invitation, occasion: 'link', invitation_id: 'own' };
    expect((await ask('pia', link, { by: 'pia' })).requested).toEqual([]);
    expect((await ask('pia', { ...link, invitation_id: 'other' })).requested).toEqual([]);
  });

  it('writes each tenant its own person, and a repeat of the request nothing', async () => {
    const id = newId();
    const first = await record('bert', { ...invitation, name: 'Bert' }, { tenants: ['demo', 'other'], id });
    const again = await record('bert', { ...invitation, name: 'Bert' }, { tenants: ['demo', 'other'], id });
    expect(again.recorded.map(({ person_id }) => person_id)).toEqual(
      first.recorded.map(({ person_id }) => person_id),
    );
    for (const { tenant_id, person_id } of first.recorded)
      expect(await streamOf(person_id, tenant_id)).toHaveLength(2);
    expect(new Set(first.recorded.map(({ person_id }) => person_id)).size).toBe(2);
  });

  it('writes that a link was used and a session began, then that it ended', async () => {
    await record('cleo', { ...invitation, name: 'Cleo' }, { by: 'ada' });
    await record('cleo', { ...session, name: 'Cleo' }, { by: 'cleo' });
    const { recorded } = await record('cleo', { kind: 'end_session', session_id: 'ses-1' }, { by: 'cleo' });
    const events = await streamOf(recorded[0]!.person_id);
    expect(events.map(({ type }) => type)).toEqual([
      'PersonInvited',
      'RoleGranted',
      'InvitationUsed',
      'SessionStarted',
      'SessionEnded',
    ]);
    expect(events[2]!.data).toMatchObject({ invitation_id: 'inv-1', made_by: 'person', session_id: 'ses-1' });
  });

  it('takes away the role and the sessions of a person who is removed', async () => {
    await record('dora', invitation);
    await record('dora', session);
    const { recorded } = await record('dora', { kind: 'remove', role: 'approver' }, { by: 'ada' });
    const events = await streamOf(recorded[0]!.person_id);
    expect(events.slice(-2).map(({ type, data }) => ({ type, data }))).toMatchObject([
      { type: 'RoleRevoked', data: { role: 'approver' } },
      { type: 'SessionRevoked', data: { session_id: null, because: 'removed' } },
    ]);
  });

  it('refuses a change that lacks members, naming each', async () => {
    const { kind } = invitation;
    const refused = record('eve', { kind, name: 'Eve' } as PersonChange);
    await expect(refused).rejects.toMatchObject({ code: 'validation-failed' });
    const error = await refused.catch((problem: unknown) => problem);
    expect(isProblem(error) && error.violations.map(({ pointer }) => pointer)).toEqual(
      expect.arrayContaining(['/change/invitation_id', '/change/role', '/change/ends_sessions']),
    );
  });
});

describe('GET /api/v1/audit/who', () => {
  it('shows who invited whom, with their names, newest first', async () => {
    await record('ines', { ...invitation, name: 'Ines Admin' });
    await record('finn', { ...invitation, name: 'Finn' }, { by: 'ines' });
    const { recorded } = await record('finn', { ...session, name: 'Finn' }, { by: 'finn' });
    const { page } = await listed('who?limit=4', { position: recorded[0]!.position });
    expect(page.items.map(({ type }) => type)).toEqual([
      'SessionStarted',
      'InvitationUsed',
      'RoleGranted',
      'PersonInvited',
    ]);
    expect(page.items[3]).toMatchObject({
      actor_name: 'Ines Admin',
      person_name: 'Finn',
      data: { name: 'Finn', role: 'approver' },
    });
    expect(page.next).not.toBeNull();
  });

  it('goes on page by page, and finds what concerns one person', async () => {
    const { recorded } = await record('gina', { ...invitation, name: 'Gina' }, { by: 'ines' });
    const [{ person_id, position }] = recorded as [RecordPersonAnswer['recorded'][number]];
    const { page } = await listed(`who?limit=1&person=${person_id}`, { position });
    expect(page.items).toHaveLength(1);
    const { page: rest } = await listed(
      `who?limit=5&person=${person_id}&cursor=${encodeURIComponent(page.next!)}`,
    );
    expect([...page.items, ...rest.items].map(({ type }) => type)).toEqual(['RoleGranted', 'PersonInvited']);
    expect(rest.next).toBeNull();
    for (const cursor of [
      page.next!,
      encodeCursor('override-records', ['1/1', 'e']),
      encodeCursor('override-records', ['1', '\0']),
    ])
      expect((await listed(`overrides?cursor=${encodeURIComponent(cursor)}`)).status).toBe(422);
  });

  it('leaves out what happened before `since`, and other tenants', async () => {
    const { recorded } = await record('hugo', invitation, { by: 'ines' });
    const { position } = recorded[0]!;
    expect((await listed('who?since=2100-01-01T00:00:00Z', { position })).page.items).toEqual([]);
    expect((await listed('who', { position, tenant: 'third' })).page.items).toEqual([]);
    expect((await listed('who?since=yesterday')).status).toBe(422);
  });

  it('is refused without the scope of auditors', async () => {
    expect((await listed('who', { scopes: ['ALERT_READ'] })).status).toBe(403);
  });

  it('shows an erased person without their name', async () => {
    const { recorded } = await record('jana', { ...invitation, name: 'Jana' }, { by: 'ines' });
    const [{ person_id, position }] = recorded as [RecordPersonAnswer['recorded'][number]];
    await parts.people.erase(
      { tenant_id: 'demo', person_id },
      { kind: 'service', service: 'audit' },
      new Date().toISOString(),
    );
    const shown = await until(async () => {
      const { page } = await listed(`who?person=${person_id}`, { position });
      return page.items.length > 0 && page.items;
    }, 'the list shows the person');
    expect(new Set(shown.map(({ person_name }) => person_name))).toEqual(new Set(['[erased]']));
  });
});

describe('GET /api/v1/audit/access', () => {
  const reading = async (sub: string, path: string): Promise<void> => {
    const response = await fetch(`http://127.0.0.1:${service.http.port}/api/v1/audit/${path}`, {
      headers: await parts.issuer.person(['AUDIT_READ'], { tenant: 'readers', sub }),
    });
    expect(response.status).toBe(200);
    await response.text();
  };
  const accesses = async (tenant: string, count: number): Promise<readonly Line[]> =>
    until(async () => {
      const { page } = await listed('access', { tenant });
      return page.items.length >= count && page.items;
    }, `${count} accesses of ${tenant}`);

  it('shows the first read of each reader in an hour, with what was asked for', async () => {
    await reading('otto', 'events?category=action');
    await reading('otto', 'events?category=policy');
    await reading('pia', 'events');
    const items = await accesses('readers', 2);
    expect(items.map(({ type, data }) => [type, data['filter']])).toEqual([
      ['LogRead', ''],
      ['LogRead', 'category=action'],
    ]);
    expect(items[1]).toMatchObject({ data: { route: 'events', count: 0 } });
    expect(new Set(items.map(({ actor }) => actor.person_id)).size).toBe(2);
  });

  it('shows what a person was refused, 60 a minute singly, with the command and the code', async () => {
    const rails = new RpcClient(parts.connection, { caller: 'safety-rails' });
    const person = `person:${await parts.people.idOf('strict', 'sam')}`;
    const answers = await Promise.all(
      Array.from({ length: 130 }, (_, n) =>
        rails.call('audit.record_refusal', {
          request_id: `strict-${n}`,
          tenant_id: 'strict',
          person,
          command: 'POST /api/v1/changes/:id/approve',
          path: '/api/v1/changes/c-1/approve',
          code: 'same-person',
        }),
      ),
    );
    const single = answers.filter(({ recorded }) => recorded).length;
    expect(single).toBeGreaterThanOrEqual(60);
    expect(single).toBeLessThanOrEqual(120);
    const [item] = await accesses('strict', 1);
    expect(item).toMatchObject({
      type: 'CommandRefused',
      actor: { kind: 'person', person_id: person.slice('person:'.length) },
      data: { command: 'POST /api/v1/changes/:id/approve', code: 'same-person', count: 1 },
    });
  });

  it('shows where a secret may be sent to, and never the secret', async () => {
    const gateway = new RpcClient(parts.connection, { caller: 'netconf-gateway' });
    const secret = { reference: 'file:gnb-1', destinations: ['a.example:830'], changed_at: null };
    const find = (id: string, secrets: readonly (typeof secret)[]) =>
      gateway.call('audit.record_secrets', { request_id: id, tenant_id: 'secrets', secrets });
    expect(await find('s-1', [secret])).toEqual({ changes: 2 });
    expect(await find('s-2', [secret])).toEqual({ changes: 0 });
    expect(await find('s-3', [])).toEqual({ changes: 1 });
    const items = await accesses('secrets', 3);
    expect(items.map(({ type, data }) => [type, data['use'], data['reference']])).toEqual([
      ['SecretRemoved', 'device', 'file:gnb-1'],
      ['SecretBound', 'device', 'file:gnb-1'],
      ['SecretStored', 'device', 'file:gnb-1'],
    ]);
    expect(items[0]?.actor).toEqual({ kind: 'service', service: 'netconf-gateway' });
  });

  it("shows that a person's data were exported, by whom", async () => {
    const quinn = await parts.people.idOf('exports', 'quinn');
    const response = await fetch(`http://127.0.0.1:${service.http.port}/api/v1/audit/people/${quinn}`, {
      headers: await parts.issuer.person(['PRIVACY_ADMIN'], { tenant: 'exports', sub: 'dpo' }),
    });
    await response.text();
    const [item] = await accesses('exports', 1);
    expect(item).toMatchObject({
      type: 'DataExported',
      actor: { kind: 'person', person_id: await parts.people.idOf('exports', 'dpo') },
      data: { what: 'person', filter: `person=${quinn}` },
    });
  });

  it('shows 60 refused intents a minute and credential singly, and the rest as one number', async () => {
    const rails = new RpcClient(parts.connection, { caller: 'safety-rails' });
    const submitter = 'service:nats.refused.bot';
    const answers = await Promise.all(
      Array.from({ length: 130 }, (_, n) =>
        rails.call('audit.record_access', {
          request_id: `refused-${n}`,
          tenant_id: 'refused',
          submitter,
          content_hash: 'a'.repeat(64),
          intent_id: `refused-${n}`,
          codes: ['validation-failed'],
          detail: 'the intent has 1 fault',
          violations: [{ pointer: '/agent', detail: 'must be a name' }],
        }),
      ),
    );
    // The clock may reach the next minute meanwhile, which begins to count afresh.
    const single = answers.filter(({ recorded }) => recorded).length;
    expect(single).toBeGreaterThanOrEqual(60);
    expect(single).toBeLessThanOrEqual(120);
    const events = await until(async () => {
      const found = (await collect(parts.log.store.readAll())).filter(({ type }) => type === 'IntentRefused');
      return found.length >= single && found;
    }, 'the refusals are in the log');
    expect(events[0]).toMatchObject({
      data: { codes: ['validation-failed'], count: 1 },
      metadata: { actor: { kind: 'service', service: 'nats.refused.bot' } },
    });
  });
});
