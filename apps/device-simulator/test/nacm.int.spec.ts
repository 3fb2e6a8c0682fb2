import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  childElement,
  childElements,
  childText,
  elementBuilder,
  serialiseXml,
  type NetconfClient,
  type XmlElement,
} from '@interlock/netconf';
import { NACM_NS } from '../src/device/access/model.js';
import { demoFleet, type Simulator } from '../src/index.js';
import { device, failure, login, power, powerEdit, ran, simulate, tagsOf, until } from './parts.js';

const acm = elementBuilder(NACM_NS);
const users = [
  { username: 'reader', password: 'r', groups: ['readers'] },
  { username: 'tuner', password: 't', groups: ['tuners'] },
  { username: 'guest', password: 'g' },
];

const rule = (name: string, action: 'permit' | 'deny', ...matches: readonly XmlElement[]): XmlElement =>
  acm('rule', acm('name', name), ...matches, acm('action', action));
const rules = (group: string, ...list: readonly XmlElement[]): XmlElement =>
  acm('rule-list', acm('name', group), acm('group', group), ...list);
const path = (text: string): XmlElement => acm('path', text);
const operations = (text: string): XmlElement => acm('access-operations', text);

/** Tuners change the power of one cell, and see no neighbours; readers run no edits. */
const written = acm(
  'nacm',
  rules(
    'readers',
    rule('no-edit', 'deny', acm('module-name', 'ietf-netconf'), acm('rpc-name', 'edit-config')),
    rule('no-commits', 'deny', acm('notification-name', 'netconf-confirmed-commit')),
  ),
  rules(
    'tuners',
    rule('hidden', 'deny', path("/interlock-ran:ran/cell[id='cell-001-2']"), operations('read')),
    rule(
      'power',
      'permit',
      {
        ...path("/r:ran/r:cell[r:id='cell-001-1']/r:attributes/r:configuredMaxTxPower"),
        prefixes: { r: ran('ran').namespace },
      },
      operations('read create update'),
    ),
    rule('kill', 'permit', acm('rpc-name', 'kill-session'), operations('exec')),
  ),
);

describe('access to a device that controls it (RFC 8341)', () => {
  let simulator: Simulator;
  let admin: NetconfClient;
  const sessions: NetconfClient[] = [];
  const as = async (username: string): Promise<NetconfClient> => {
    const { password } = users.find((one) => one.username === username)!;
    const session = await login({ ...device(simulator), username, password });
    sessions.push(session);
    return session;
  };
  const edit = (client: NetconfClient, ...config: readonly XmlElement[]) =>
    client.editConfig({ target: 'candidate', config });
  const denied = ['access-denied'];

  beforeAll(async () => {
    simulator = await simulate({
      devices: demoFleet()
        .slice(0, 1)
        .map((spec) => ({ ...spec, users })),
    });
    admin = await login(device(simulator));
    await edit(admin, written);
    await admin.commit();
  });
  afterAll(async () => {
    for (const session of [admin, ...sessions]) session.destroy();
    await simulator.stop();
  });

  it('is named among its modules, and only by the right password', async () => {
    expect(admin.capabilities.some((one) => one.startsWith(`${NACM_NS}?module=ietf-netconf-acm`))).toBe(true);
    await expect(login({ ...device(simulator), username: 'guest', password: 'r' })).rejects.toThrow();
  });

  it('is by the defaults for a user in no group: reads, and no writes', async () => {
    const guest = await as('guest');
    expect(serialiseXml(await guest.getConfig('running'))).toContain('cell-001-2');
    expect(tagsOf(await failure(edit(guest, powerEdit(410))))).toEqual(denied);
    expect(tagsOf(await failure(guest.killSession(admin.sessionId)))).toEqual(denied);
    const nacm = await guest.getConfig('running', { subtree: [acm('nacm')] });
    expect(childElements(nacm)).toEqual([]);
  });

  it('is refused by operation', async () => {
    const reader = await as('reader');
    expect(tagsOf(await failure(edit(reader, powerEdit(410))))).toEqual(denied);
    await reader.lock('candidate');
    await reader.unlock('candidate');
    await reader.close();
  });

  it('is given by node: a leaf of one cell may be changed, and nothing else', async () => {
    const tuner = await as('tuner');
    await edit(tuner, powerEdit(420));
    await tuner.commit();
    expect(power(simulator)).toBe(420);
    const other = ran(
      'ran',
      ran('cell', ran('id', 'cell-001-1'), ran('attributes', ran('administrativeState', 'LOCKED'))),
    );
    expect(tagsOf(await failure(edit(tuner, other)))).toEqual(denied);
    expect(tagsOf(await failure(edit(tuner, ran('ran', ran('cell', ran('id', 'new'))))))).toEqual(denied);
    const seen = serialiseXml(await tuner.getConfig('running'));
    expect(seen).toContain('<id>cell-001-1</id>');
    expect(seen).not.toContain('<id>cell-001-2</id>');
    await tuner.killSession((await as('guest')).sessionId);
  });

  it('applies the access rules of the committing user, even if another user edited the candidate', async () => {
    const tuner = await as('tuner');
    await edit(
      admin,
      ran('ran', ran('cell', ran('id', 'cell-001-3'), ran('attributes', ran('configuredMaxTxPower', 380)))),
    );
    expect(tagsOf(await failure(tuner.commit()))).toEqual(denied);
    await admin.discardChanges();
    await tuner.commit();
  });

  it('leaves events out that a rule denies, and counts every refusal', async () => {
    const reader = await as('reader');
    const heard: string[] = [];
    reader.session.onNotification((one) => heard.push((childElements(one)[1] as XmlElement).name));
    await reader.subscribe();
    await edit(admin, powerEdit(430));
    await admin.commit({ confirmed: { timeoutS: 60 } });
    await admin.commit();
    await (await as('guest')).close();
    await until(() => heard.includes('netconf-session-end'));
    expect(heard).toEqual(['netconf-config-change', 'netconf-session-start', 'netconf-session-end']);
    const shown = childElement(await admin.get({ subtree: [acm('nacm')] }), 'nacm');
    const count = (name: string): number => Number(shown && childText(shown, name));
    expect(count('denied-operations')).toBeGreaterThanOrEqual(2);
    expect(count('denied-data-writes')).toBeGreaterThanOrEqual(4);
    expect(count('denied-notifications')).toBe(2);
  });

  it('is free where the rules are switched off', async () => {
    await edit(admin, acm('nacm', acm('enable-nacm', false)));
    await admin.commit();
    const guest = await as('guest');
    await edit(guest, powerEdit(440));
    await guest.commit();
    expect(power(simulator)).toBe(440);
  });
});
