import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { systemTenant } from '@interlock/contracts';
import { tenant } from './names.js';
import { site } from './network.js';
import { World, type Answer, type Who } from './world.js';

const world = new World({
  devices: [site('s01')],
  environment: { INTERLOCK_FOUNDERS: 'Ada=administrator, Bo=administrator' },
});
const ann = { sub: 'ann' };
const bert = { sub: 'bert' };

beforeAll(async () => {
  await world.start();
  for (const where of [tenant, systemTenant])
    await world.must(
      'PUT',
      '/api/v1/changes/required-people',
      { required_people: 2, reason: 'a second pair of eyes' },
      { ...ann, tenant: where },
    );
});
afterAll(() => world.end());

type Change = {
  readonly change_id: string;
  readonly digest: string;
  readonly status: string;
  readonly required_people: number;
  readonly solo: boolean;
  readonly setting: string;
};
type Invited = Change & { readonly person_id: string; readonly link?: string; readonly code?: string };
const invite = (name: string, role: string, who: Who): Promise<Answer<Invited>> =>
  world.call('POST', '/api/v1/people', { name, role, tenants: [who.tenant ?? tenant] }, who);
const link = (person: string, who: Who): Promise<Answer<Invited>> =>
  world.call('POST', `/api/v1/people/${person}/link`, undefined, who);
const approve = ({ change_id, digest }: Pick<Change, 'change_id' | 'digest'>, who: Who) =>
  world.call<Change & { readonly code?: string }>(
    'POST',
    `/api/v1/changes/${change_id}/approve`,
    { digest },
    who,
  );
const setBudget = (max: number, who: Who) =>
  world.call<Change>(
    'PUT',
    '/api/v1/autonomy/budget',
    { account_id: 'north', max_autonomous_per_day: max, force: true },
    who,
  );
const signIn = (secret: string): Promise<Response> =>
  fetch(`${world.stack.runtime.http}/session`, {
    method: 'POST',
    headers: { 'x-interlock-console': '1', 'content-type': 'application/json' },
    body: JSON.stringify({ invitation: secret }),
  });
const secretIn = (text: string): string => text.replace(/^.*\/login#invitation=/, '');
const samePerson = { status: 403, body: { code: 'same-person' } };

describe('a puppet approver', () => {
  it('is nobody before another person has approved the invitation, by whatever way', async () => {
    const asked = await invite('Puppet', 'administrator', ann);
    expect(asked).toMatchObject({ status: 202, body: { status: 'open', required_people: 2 } });
    expect(asked.body.link).toBeUndefined();
    expect(await approve(asked.body, ann)).toMatchObject(samePerson);
    expect(await approve(asked.body, {})).toMatchObject({ status: 403, body: { code: 'person-required' } });
    expect((await link(asked.body.person_id, ann)).status).toBe(202);
    expect(await world.stream(asked.body.setting)).toEqual([]);
    expect((await approve(asked.body, bert)).body.status).toBe('applied');
    expect((await world.stream(asked.body.setting)).map(({ type }) => type)).toEqual([
      'PersonInvited',
      'RoleGranted',
    ]);
    // Only the person who asked for it gets the link, and once.
    expect((await link(asked.body.person_id, bert)).status).toBe(404);
    const { status, body } = await link(asked.body.person_id, ann);
    expect(status).toBe(201);
    expect((await signIn(secretIn(body.link ?? ''))).status).toBe(200);
    expect((await signIn(secretIn(body.link ?? ''))).status).toBe(401);

    const puppet = { sub: asked.body.person_id };
    const [byAnn, byPuppet] = [(await setBudget(65, ann)).body, (await setBudget(66, puppet)).body];
    expect(await approve(byAnn, puppet)).toMatchObject(samePerson);
    expect(await approve(byPuppet, ann)).toMatchObject(samePerson);
    // Who approved the invitation is nobody's puppet.
    expect((await approve(byAnn, bert)).body.status).toBe('applied');
    await world.must('POST', `/api/v1/changes/${byPuppet.change_id}/reject`, { reason: 'a test' }, bert);
  });
});

describe('a puppet operator', () => {
  it('is not made by an administrator alone, and a new link signs nobody in as another', async () => {
    const asked = await invite('Hand', 'operator', ann);
    expect((await link(asked.body.person_id, ann)).body.status).toBe('open');
    await world.must('POST', `/api/v1/changes/${asked.body.change_id}/reject`, { reason: 'no' }, bert);
    expect(await link(asked.body.person_id, ann)).toMatchObject({
      status: 409,
      body: { code: 'wrong-state' },
    });
    expect((await link(asked.body.person_id, ann)).status).toBe(404);

    const operator = await invite('Operator', 'operator', ann);
    await approve(operator.body, bert);
    const first = await link(operator.body.person_id, ann);
    expect((await signIn(secretIn(first.body.link ?? ''))).status).toBe(200);
    const again = await link(operator.body.person_id, ann);
    expect(again).toMatchObject({ status: 202, body: { status: 'open' } });
    expect(await approve(again.body, ann)).toMatchObject(samePerson);
    expect(await approve(again.body, { sub: operator.body.person_id })).toMatchObject(samePerson);
  });

  it('is taken away at once', async () => {
    const asked = await invite('Leaver', 'operator', ann);
    await approve(asked.body, bert);
    await link(asked.body.person_id, ann);
    const removed = await world.call('DELETE', `/api/v1/people/${asked.body.person_id}`, undefined, ann);
    expect(removed).toEqual({ status: 200, body: { removed: 1 } });
  });
});

describe('founders', () => {
  const demo = 'demo';
  const linkOf = (name: string): string =>
    secretIn(new RegExp(`^ {4}${name} +(http\\S+)$`, 'm').exec(world.stack.output)?.[1] ?? '');
  const cookieOf = async (name: string): Promise<string> => {
    const response = await signIn(linkOf(name));
    expect(response.status).toBe(200);
    return response.headers.get('set-cookie')?.split(';')[0] ?? '';
  };
  const as = async <T = Change & { readonly from: string }>(
    cookie: string,
    method: string,
    path: string,
    body?: object,
  ): Promise<Answer<T>> => {
    const response = await fetch(`${world.stack.runtime.http}/api/v1${path}`, {
      method,
      headers: {
        cookie,
        'x-interlock-console': '1',
        'x-tenant-id': demo,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: (await response.json()) as T };
  };
  const needed = (cookie: string) => as(cookie, 'GET', '/changes/required-people');

  it('suffice alone until two have signed in, and what one alone does is marked', async () => {
    const before = await world.call('GET', '/api/v1/changes/required-people', undefined, {
      ...ann,
      tenant: demo,
    });
    expect(before.body).toMatchObject({ required_people: 2, from: 'system' });

    const ada = await cookieOf('ada');
    expect((await needed(ada)).body).toMatchObject({ required_people: 1, from: 'founder' });
    const asked = await as(ada, 'PUT', '/autonomy/budget', {
      account_id: 'north',
      max_autonomous_per_day: 1,
      force: true,
    });
    expect(asked).toMatchObject({ status: 202, body: { required_people: 1 } });
    const confirmed = await as(ada, 'POST', `/changes/${asked.body.change_id}/approve`, {
      digest: asked.body.digest,
    });
    expect(confirmed.body).toMatchObject({ status: 'applied', solo: true });
    const listed = await world.stack.cli('--tenant', demo, 'changes', 'list');
    expect(listed.stdout).toContain('1 of 1, solo');

    const bo = await cookieOf('bo');
    expect((await needed(bo)).body).toMatchObject({ required_people: 2, from: 'system' });
    const second = await as(ada, 'PUT', '/autonomy/budget', {
      account_id: 'north',
      max_autonomous_per_day: 2,
      force: true,
    });
    expect(second.body.required_people).toBe(2);
    const approval = { digest: second.body.digest };
    expect(await as(ada, 'POST', `/changes/${second.body.change_id}/approve`, approval)).toMatchObject(
      samePerson,
    );
    // Nobody invited the founders, so that they are not each other's puppets.
    expect((await as(bo, 'POST', `/changes/${second.body.change_id}/approve`, approval)).body).toMatchObject({
      status: 'applied',
      solo: false,
    });
  });

  it('leave a log in which the auditor finds no fault', async () => {
    for (const where of [demo, tenant]) {
      const file = join(world.stack.home, `${where}.ndjson`);
      await world.stack.cli('--tenant', where, 'audit', 'export', '-o', file);
      const { code, stdout } = await world.stack.cli('audit', 'replay', file, '--json');
      expect([where, code, JSON.parse(stdout)]).toMatchObject([where, 0, { difference: null }]);
    }
  });
});
