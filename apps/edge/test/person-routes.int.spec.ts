import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync, readFileSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { roleScopes, type RecordPersonRequest } from '@interlock/contracts';
import { ProblemError } from '@interlock/kernel';
import { createDevIssuer, createLogger, type DevIssuer } from '@interlock/platform';
import { until } from '@interlock/testing';
import { answerOf, decided } from './audit-stand-in.js';
import { createEdge, LoginState, type ConsolePerson, type Edge } from '../src/main.js';

const people: readonly ConsolePerson[] = [
  { subject: 'ann', name: 'Ann', role: 'administrator', tenants: ['acme', 'other'] },
  { subject: 'root', name: 'Root', role: 'administrator', tenants: ['acme', '_system'] },
  { subject: 'vic', name: 'Vic', role: 'viewer', tenants: ['acme'] },
];
const folder = mkdtempSync(join(tmpdir(), 'interlock-people-'));
const stateFile = join(folder, 'login.json');
const logged: object[] = [];
const recorded: RecordPersonRequest[] = [];
let isAway = false;
let edge: Edge;
let issuer: DevIssuer;

/** An edge takes a few sign-ins a minute: describe blocks with many have one of their own. */
const startEdge = (): Promise<Edge> => {
  const logger = createLogger({
    destination: { write: (line) => void logged.push(JSON.parse(line) as object) },
  });
  return createEdge({
    host: '127.0.0.1',
    port: 0,
    logger,
    services: [],
    console: {
      site: join(folder, 'site'),
      login: {
        stateFile,
        keys: [randomBytes(32)],
        people,
        record: (request) => {
          if (isAway) return Promise.reject(new ProblemError('service-unreachable', '`audit` is away'));
          recorded.push(request);
          return Promise.resolve(answerOf(request));
        },
        mint: ({ subject, role, tenants }, ttlS) =>
          issuer.token({
            tenant: tenants[0] ?? '',
            tenants,
            scopes: roleScopes[role],
            sub: subject,
            kind: 'person',
            ttlS,
          }),
      },
    },
    auth: issuer.auth,
  });
};

beforeAll(async () => {
  mkdirSync(join(folder, 'site', 'assets'), { recursive: true });
  writeFileSync(join(folder, 'site', 'index.html'), '<!doctype html>');
  issuer = await createDevIssuer();
  edge = await startEdge();
});
afterAll(async () => {
  await edge.stop();
  rmSync(folder, { recursive: true, force: true });
});

type Answer = { readonly status: number; readonly body: { readonly [name: string]: unknown } };
const own = { 'x-interlock-console': '1', 'content-type': 'application/json' };
const signIn = (invitation: string): Promise<Response> =>
  fetch(`${edge.url}/session`, { method: 'POST', headers: own, body: JSON.stringify({ invitation }) });
const cookieOf = (response: Response): string => response.headers.get('set-cookie')?.split(';')[0] ?? '';
const session = async (subject: string): Promise<string> =>
  cookieOf(await signIn(new LoginState(stateFile).invite(subject)));
const ask = async (cookie: string, method: string, path = '', body?: unknown): Promise<Answer> => {
  const response = await fetch(`${edge.url}/api/v1/people${path}`, {
    method,
    headers: { ...(body === undefined ? { 'x-interlock-console': '1' } : own), cookie },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as Answer['body'] };
};
/** Asks for somebody's way in, lets people approve it, and takes the link. */
const approved = async (cookie: string, path: string, body?: unknown): Promise<Answer> => {
  const asked = await ask(cookie, 'POST', path, body);
  expect(asked).toMatchObject({ status: 202, body: { status: 'open', required_people: 2 } });
  const { change_id, person_id } = asked.body;
  decided.set(String(change_id).split('@')[0] ?? '', 'applied');
  return ask(cookie, 'POST', `/${String(person_id)}/link`);
};
const secretIn = ({ body }: Answer): string => String(body['link']).replace('/login#invitation=', '');
const idsFor = async (cookie: string): Promise<readonly unknown[]> =>
  ((await ask(cookie, 'GET')).body['items'] as readonly { readonly person_id: string }[]).map(
    ({ person_id: id }) => id,
  );

describe('inviting somebody', () => {
  it('lets them sign in once, in the invited role, until they are removed', async () => {
    const ann = await session('ann');
    const invited = await approved(ann, '', { name: ' Bo ', role: 'approver' });
    expect(invited).toMatchObject({
      status: 201,
      body: {
        name: 'Bo',
        role: 'approver',
        tenants: ['acme'],
        invited_by: 'ann',
        removable: true,
        link_open_until: expect.stringMatching(/Z$/),
      },
    });
    const id = String(invited.body['person_id']);
    expect(logged).toContainEqual(
      expect.objectContaining({
        person_id: id,
        role: 'approver',
        tenants: ['acme'],
        message: 'a person was given a link',
      }),
    );
    expect(JSON.stringify(logged)).not.toContain(secretIn(invited));
    expect(JSON.stringify(logged)).not.toContain('"ann"');
    const kept = readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((one) => one.isFile())
      .map((one) => readFileSync(join(one.parentPath, one.name), 'utf8'));
    expect(kept.some((text) => text.includes(id))).toBe(true);
    expect(kept.filter((text) => text.includes(secretIn(invited)))).toEqual([]);

    const first = await signIn(secretIn(invited));
    expect(await first.clone().json()).toMatchObject({ name: 'Bo', roles: ['approver'], tenants: ['acme'] });
    expect((await signIn(secretIn(invited))).status).toBe(401);
    const bo = cookieOf(first);
    expect(await ask(bo, 'GET')).toMatchObject({ status: 403, body: { code: 'missing-scope' } });

    const again = await approved(ann, `/${id}/link`);
    expect(again).toMatchObject({ status: 201, body: { person_id: id } });
    expect((await ask(ann, 'DELETE', `/${id}`)).body).toEqual({ removed: 1 });
    expect((await ask(bo, 'GET')).status).toBe(401);
    expect((await signIn(secretIn(again))).status).toBe(401);
    expect(await idsFor(ann)).not.toContain(id);
    expect((await ask(ann, 'DELETE', `/${id}`)).status).toBe(404);
  });

  it('gives no way in before people have approved it, and the link once, to the person who asked', async () => {
    const [ann, root] = await Promise.all([session('ann'), session('root')]);
    const { status, body } = await ask(ann, 'POST', '', { name: 'Dora', role: 'viewer', tenants: ['acme'] });
    const id = String(body['person_id']);
    expect([status, body['link']]).toEqual([202, undefined]);
    const listed = (await ask(ann, 'GET')).body['items'] as readonly object[];
    expect(listed).toContainEqual(
      expect.objectContaining({ person_id: id, name: 'Dora', change_id: body['change_id'] }),
    );
    expect(await ask(ann, 'POST', `/${id}/link`)).toMatchObject({ status: 202, body: { status: 'open' } });
    decided.set(String(body['change_id']).split('@')[0] ?? '', 'applied');
    // Another administrator has not asked for it.
    expect((await ask(root, 'POST', `/${id}/link`)).status).toBe(404);
    const taken = await ask(ann, 'POST', `/${id}/link`);
    expect(taken).toMatchObject({ status: 201, body: { change_id: null } });
    expect((await ask(ann, 'POST', `/${id}/link`)).status).toBe(202);
    expect((await signIn(secretIn(taken))).status).toBe(200);
    expect((await ask(ann, 'DELETE', `/${id}`)).body).toEqual({ removed: 1 });
  });

  it('that was rejected is forgotten, and so is one that is withdrawn', async () => {
    const ann = await session('ann');
    const [rejected, withdrawn] = [
      await ask(ann, 'POST', '', { name: 'Emil', role: 'viewer' }),
      await ask(ann, 'POST', '', { name: 'Fred', role: 'viewer' }),
    ];
    const [emil, fred] = [rejected, withdrawn].map(({ body }) => String(body['person_id']));
    decided.set(String(rejected.body['change_id']).split('@')[0] ?? '', 'rejected');
    expect(await ask(ann, 'POST', `/${emil}/link`)).toMatchObject({
      status: 409,
      body: { code: 'wrong-state', state: 'rejected' },
    });
    expect((await ask(ann, 'DELETE', `/${fred}`)).body).toEqual({ removed: 1 });
    for (const id of [emil, fred]) expect((await ask(ann, 'POST', `/${id}/link`)).status).toBe(404);
    expect(await idsFor(ann)).not.toContain(emil);
  });

  it('names every violation of the body', async () => {
    const { status, body } = await ask(await session('ann'), 'POST', '', {
      name: 'a\u202eb',
      role: 'king',
      tenants: ['acme', 'umbrella', 'NO', 7],
      scopes: [],
    });
    expect([status, body['code']]).toEqual([422, 'validation-failed']);
    expect((body['violations'] as { readonly pointer: string }[]).map(({ pointer }) => pointer)).toEqual([
      '/scopes',
      '/name',
      '/role',
      '/tenants/1',
      '/tenants/2',
      '/tenants/3',
    ]);
  });

  it('is for administrators, who see and change only people of their own tenants', async () => {
    const [ann, root, vic] = await Promise.all([session('ann'), session('root'), session('vic')]);
    expect((await ask(vic, 'POST', '', { name: 'X', role: 'administrator' })).status).toBe(403);
    expect(await idsFor(ann)).toEqual(['ann', 'vic']);
    expect(await idsFor(root)).toEqual(['root', 'vic']);
    expect((await ask(ann, 'POST', '/root/link')).status).toBe(404);
    expect(await ask(ann, 'DELETE', '/vic')).toMatchObject({ status: 409, body: { code: 'wrong-state' } });
    const token = await issuer.token({
      tenant: 'acme',
      scopes: roleScopes.administrator,
      sub: 'robot',
      kind: 'service',
    });
    const asService = await fetch(`${edge.url}/api/v1/people`, {
      headers: { authorization: `Bearer ${token}` },
    });
    expect([asService.status, ((await asService.json()) as { code: string }).code]).toEqual([
      403,
      'person-required',
    ]);
    const foreign = await fetch(`${edge.url}/api/v1/people`, {
      method: 'POST',
      headers: { cookie: ann, 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'X', role: 'viewer' }),
    });
    expect(foreign.status).toBe(401);
  });
});

describe('a new link for somebody else', () => {
  beforeAll(async () => {
    await edge.stop();
    edge = await startEdge();
  });
  const signInFrom = (invitation: string, cookie: string): Promise<Response> =>
    fetch(`${edge.url}/session`, {
      method: 'POST',
      headers: { ...own, cookie },
      body: JSON.stringify({ invitation }),
    });
  const codeOf = async (response: Response): Promise<unknown> => [
    response.status,
    ((await response.json()) as { readonly code?: string }).code,
  ];
  const makeLink = async (cookie: string, id: string): Promise<{ secret: string; marks: string }> => {
    const link = (): Promise<Response> =>
      fetch(`${edge.url}/api/v1/people/${id}/link`, {
        method: 'POST',
        headers: { 'x-interlock-console': '1', cookie },
      });
    const asked = await link();
    if (asked.status === 202) {
      const { change_id } = (await asked.clone().json()) as { readonly change_id: string };
      decided.set(change_id.split('@')[0] ?? '', 'applied');
    }
    const response = asked.status === 202 ? await link() : asked;
    expect(response.status).toBe(201);
    const { link: made } = (await response.json()) as { readonly link: string };
    const marks = response.headers.getSetCookie().map((one) => one.split(';')[0]);
    return { secret: made.replace('/login#invitation=', ''), marks: marks.join('; ') };
  };

  it('ends the sessions of the person, who is told who made it and when at the next sign-in', async () => {
    const [ann, vic] = [await session('ann'), await session('vic')];
    const view = async (cookie: string): Promise<Response> =>
      fetch(`${edge.url}/session`, { headers: { cookie } });
    expect(await (await view(vic)).json()).toMatchObject({ links_made: [] });
    const { secret } = await makeLink(ann, 'vic');
    expect((await view(vic)).status).toBe(401);
    expect((await view(ann)).status).toBe(200);
    const again = await signIn(secret);
    const links_made = [{ by: 'Ann', at: expect.stringMatching(/Z$/) }];
    expect(await again.clone().json()).toMatchObject({ name: 'Vic', links_made });
    expect(await (await view(cookieOf(again))).json()).toMatchObject({ links_made });
    expect(await (await view(ann)).json()).toMatchObject({ links_made: [] });
  });

  it("does not open in the session of the person who made it, nor in that person's browser after signing out", async () => {
    const ann = await session('ann');
    const invited = await approved(ann, '', { name: 'Cleo', role: 'approver' });
    expect(await codeOf(await signInFrom(secretIn(invited), ann))).toEqual([403, 'same-person']);
    const { secret, marks } = await makeLink(ann, 'vic');
    expect(await codeOf(await signInFrom(secret, ann))).toEqual([403, 'same-person']);
    expect(marks).not.toBe('');
    expect(await codeOf(await signInFrom(secret, marks))).toEqual([403, 'same-person']);
    expect((await signIn(secret)).status).toBe(200);
    expect((await signIn(secretIn(invited))).status).toBe(200);
  });

  it('of their own ends nothing and opens in the same session', async () => {
    const ann = await session('ann');
    const { secret } = await makeLink(ann, 'ann');
    expect((await ask(ann, 'GET')).status).toBe(200);
    expect((await signInFrom(secret, ann)).status).toBe(200);
  });

  it('a person whose name reads like that of somebody who may already sign in is refused', async () => {
    const ann = await session('ann');
    for (const name of ['ann', '\u0410nn', 'V\u0456c'])
      expect(await ask(ann, 'POST', '', { name, role: 'viewer' })).toMatchObject({
        status: 409,
        body: { code: 'already-exists' },
      });
  });
});

describe('the log', () => {
  beforeAll(async () => {
    await edge.stop();
    edge = await startEdge();
  });
  const changes = (subject: string): readonly RecordPersonRequest[] =>
    recorded.filter(({ person }) => person.subject === subject);
  const away = async <T>(work: () => Promise<T>): Promise<T> => {
    isAway = true;
    try {
      return await work();
    } finally {
      isAway = false;
    }
  };

  it('is told who invited whom, that the link was used, and that the person was removed', async () => {
    const ann = await session('ann');
    const invited = await approved(ann, '', { name: 'Nils', role: 'approver' });
    const subject = String(invited.body['person_id']);
    await signIn(secretIn(invited));
    await ask(ann, 'DELETE', `/${subject}`);
    const changed = changes(subject);
    expect(changed.map(({ by, change }) => [by, change.kind])).toEqual([
      ['ann', 'invite'],
      ['ann', 'invite'],
      [subject, 'start_session'],
      ['ann', 'remove'],
    ]);
    const [, made, used] = changed.map(({ change }) => change);
    expect(made).toMatchObject({ occasion: 'new', role: 'approver', name: 'Nils', ends_sessions: false });
    expect(made?.kind === 'invite' && used?.kind === 'start_session' && used.invitation).toEqual({
      id: made?.kind === 'invite' && made.invitation_id,
      made_by: 'person',
    });
    expect(JSON.stringify(changed)).not.toContain(secretIn(invited));
  });

  it('is told of a new link by another person, and that it ended sessions; not so of an own one', async () => {
    const ann = await session('ann');
    await approved(ann, '/vic/link');
    await until(() => changes('vic').at(-1)?.change.kind === 'revoke_sessions', 'the end is told');
    await ask(ann, 'POST', '/ann/link');
    const link = { kind: 'invite', occasion: 'link' };
    expect(changes('vic').at(-2)).toMatchObject({ by: 'ann', change: link });
    expect(changes('vic').at(-1)?.change).toEqual({
      kind: 'revoke_sessions',
      session_id: null,
      because: 'new-link',
    });
    expect(changes('ann').at(-1)).toMatchObject({ by: 'ann', change: { ...link, ends_sessions: false } });
  });

  it('that cannot be reached lets nobody be invited or signed in, and the link stays good', async () => {
    const ann = await session('ann');
    const link = new LoginState(stateFile).invite('vic');
    const [invited, signedIn] = await away(async () => [
      await ask(ann, 'POST', '', { name: 'Olga', role: 'viewer' }),
      await signIn(link),
    ]);
    expect(invited).toMatchObject({ status: 503, body: { code: 'service-unreachable' } });
    expect(signedIn.status).toBe(503);
    expect(signedIn.headers.get('set-cookie')).toBeNull();
    expect((await signIn(link)).status).toBe(200);
    const { items } = (await ask(ann, 'GET')).body as { items: readonly { readonly name: string }[] };
    expect(items.map(({ name }) => name)).not.toContain('Olga');
  });

  it('that cannot be reached keeps nobody from signing out, and is told when it is back', async () => {
    const cookie = await session('vic');
    const before = changes('vic').length;
    const out = await away(() =>
      fetch(`${edge.url}/session`, { method: 'DELETE', headers: { 'x-interlock-console': '1', cookie } }),
    );
    expect(out.status).toBe(204);
    expect((await fetch(`${edge.url}/session`, { headers: { cookie } })).status).toBe(401);
    await until(() => changes('vic').length > before, 'the end of the session is told');
    expect(changes('vic').at(-1)?.change.kind).toBe('end_session');
  });
});
