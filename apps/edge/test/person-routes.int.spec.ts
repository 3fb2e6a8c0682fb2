import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync, readFileSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { roleScopes } from '@interlock/contracts';
import { createDevIssuer, createLogger, type DevIssuer } from '@interlock/platform';
import { createEdge, LoginState, type ConsolePerson, type Edge } from '../src/main.js';

const people: readonly ConsolePerson[] = [
  { subject: 'ann', name: 'Ann', role: 'administrator', tenants: ['acme', 'other'] },
  { subject: 'root', name: 'Root', role: 'administrator', tenants: ['acme', '_system'] },
  { subject: 'vic', name: 'Vic', role: 'viewer', tenants: ['acme'] },
];
const folder = mkdtempSync(join(tmpdir(), 'interlock-people-'));
const stateFile = join(folder, 'login.json');
const told: object[] = [];
let edge: Edge;
let issuer: DevIssuer;

beforeAll(async () => {
  mkdirSync(join(folder, 'site', 'assets'), { recursive: true });
  writeFileSync(join(folder, 'site', 'index.html'), '<!doctype html>');
  issuer = await createDevIssuer();
  const logger = createLogger({
    destination: { write: (line) => void told.push(JSON.parse(line) as object) },
  });
  edge = await createEdge({
    host: '127.0.0.1',
    port: 0,
    logger,
    services: [],
    console: {
      site: join(folder, 'site'),
      login: {
        stateFile,
        key: randomBytes(32),
        people,
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
const secretIn = ({ body }: Answer): string => String(body['link']).replace('/login#invitation=', '');
const idsFor = async (cookie: string): Promise<readonly unknown[]> =>
  ((await ask(cookie, 'GET')).body['items'] as readonly { readonly person_id: string }[]).map(
    ({ person_id: id }) => id,
  );

describe('inviting somebody', () => {
  it('lets them sign in once, in the invited role, until they are removed', async () => {
    const ann = await session('ann');
    const invited = await ask(ann, 'POST', '', { name: ' Bo ', role: 'approver' });
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
    expect(told).toContainEqual(
      expect.objectContaining({
        person_id: id,
        role: 'approver',
        tenants: ['acme'],
        message: 'a person was invited',
      }),
    );
    expect(JSON.stringify(told)).not.toContain(secretIn(invited));
    expect(JSON.stringify(told)).not.toContain('"ann"');
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

    const again = await ask(ann, 'POST', `/${id}/link`);
    expect(again).toMatchObject({ status: 201, body: { person_id: id } });
    expect((await ask(ann, 'DELETE', `/${id}`)).body).toEqual({ removed: 1 });
    expect((await ask(bo, 'GET')).status).toBe(401);
    expect((await signIn(secretIn(again))).status).toBe(401);
    expect(await idsFor(ann)).not.toContain(id);
    expect((await ask(ann, 'DELETE', `/${id}`)).status).toBe(404);
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
    const response = await fetch(`${edge.url}/api/v1/people/${id}/link`, {
      method: 'POST',
      headers: { 'x-interlock-console': '1', cookie },
    });
    expect(response.status).toBe(201);
    const { link } = (await response.json()) as { readonly link: string };
    const marks = response.headers.getSetCookie().map((one) => one.split(';')[0]);
    return { secret: link.replace('/login#invitation=', ''), marks: marks.join('; ') };
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
    const invited = await ask(ann, 'POST', '', { name: 'Cleo', role: 'approver' });
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
