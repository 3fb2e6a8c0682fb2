import { afterEach, describe, expect, it } from '@jest/globals';
import {
  capability,
  childElement,
  childText,
  elementBuilder,
  serialiseXml,
  textOf,
  type NetconfClient,
  type RpcReply,
} from '@interlock/netconf';
import { demoFleet, type ProfileName, type Simulator } from '../src/index.js';
import {
  cellPower,
  device,
  failure,
  login,
  power,
  powerEdit,
  ran,
  setPower,
  simulate,
  tagsOf,
  until,
} from './parts.js';

const cfg = elementBuilder('urn:huawei:yang:huawei-cfg');
const running: Simulator[] = [];
const clients: NetconfClient[] = [];

const start = async (
  profile: ProfileName,
): Promise<{ simulator: Simulator; client: NetconfClient; other: NetconfClient }> => {
  const [spec] = demoFleet();
  if (spec === undefined) throw new Error('the fleet is empty');
  const simulator = await simulate({ devices: [{ ...spec, profile }] });
  running.push(simulator);
  const client = await login(device(simulator));
  const other = await login(device(simulator));
  clients.push(client, other);
  expect(device(simulator).profile).toBe(profile);
  return { simulator, client, other };
};

afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy();
  for (const simulator of running.splice(0)) await simulator.stop();
});

describe('a device with a candidate per session (huawei)', () => {
  it('keeps the changes of each session apart, and lets both sessions lock', async () => {
    const { client, other, simulator } = await start('huawei');
    await client.lock('candidate');
    await other.lock('candidate');
    await setPower(client, 410);
    expect(serialiseXml(await other.getConfig('candidate'))).not.toContain('410');
    await other.unlock('candidate');
    await client.commit();
    expect(power(simulator)).toBe(410);
    expect(serialiseXml(await other.getConfig('candidate'))).toContain('410');
  });

  it('does not commit over a change that another session committed meanwhile', async () => {
    const { client, other, simulator } = await start('huawei');
    await setPower(client, 410);
    await setPower(other, 420);
    await client.commit();
    expect(await failure(other.commit())).toMatchObject({ errors: [{ appTag: 'data-conflict' }] });
    await other.discardChanges();
    await setPower(other, 420);
    await other.commit();
    expect(power(simulator)).toBe(420);
  });

  it('names each commit, and returns to what one of them had made', async () => {
    const { client, other, simulator } = await start('huawei');
    const idOf = ({ content }: RpcReply): string => textOf(content[0]!);
    const back = (id: string) => client.rpc(cfg('rollback-by-commit-id', cfg('commit-id', id)));
    const last = async (): Promise<string | undefined> => {
      const data = await client.get({ subtree: [cfg('cfg', cfg('commit-id'))] });
      return childText(childElement(data, 'cfg')!, 'commit-id');
    };
    const before = await last();
    await setPower(client, 410);
    const first = idOf(await client.commit({ confirmed: { persist: 'p' } }));
    expect(first).not.toBe(before);
    expect(tagsOf(await failure(back(before!)))).toEqual(['in-use']);
    expect(idOf(await client.commit({ persistId: 'p' }))).toBe(first);
    await setPower(other, 420);
    await other.commit();
    await back(first);
    expect(power(simulator)).toBe(410);
    expect([before, first]).not.toContain(await last());
    await back(before!);
    expect(power(simulator)).toBe(400);
    expect(tagsOf(await failure(back('1')))).toEqual(['invalid-value']);
    await other.lock('running');
    expect(tagsOf(await failure(back(first)))).toEqual(['in-use']);
  });

  it('confirms by persist-id from another session', async () => {
    const { client, other, simulator } = await start('huawei');
    await setPower(client, 410);
    await client.commit({ confirmed: { persist: 'p' } });
    await setPower(other, 500);
    await other.discardChanges();
    await other.cancelCommit('p');
    expect(power(simulator)).toBe(400);
  });
});

describe('a device with confirmed commit 1.0 (juniper)', () => {
  it('greets in a comment, speaks 1.0 only, and warns beside ok', async () => {
    const { client } = await start('juniper');
    expect(client.session.version).toBe('1.0');
    expect(client.has(capability.confirmedCommit10)).toBe(true);
    expect(client.has(capability.confirmedCommit11)).toBe(false);
    expect(await client.commit()).toMatchObject({ ok: true, warnings: [{ severity: 'warning' }] });
  });

  it('knows neither persist nor cancel; ending the session rolls back', async () => {
    const { client, simulator } = await start('juniper');
    await setPower(client, 410);
    expect(tagsOf(await failure(client.commit({ confirmed: { persist: 'p' } })))).toEqual([
      'unknown-element',
    ]);
    await client.commit({ confirmed: { timeoutS: 60 } });
    expect(tagsOf(await failure(client.cancelCommit()))).toEqual(['operation-not-supported']);
    expect(power(simulator)).toBe(410);
    client.destroy();
    await until(() => !simulator.control.tentative('gnb-001'));
    expect(power(simulator)).toBe(400);
  });
});

describe('a device without a candidate (ericsson)', () => {
  it('is edited in running, immediately and as a whole', async () => {
    const { client, other, simulator } = await start('ericsson');
    expect(client.has(capability.candidate)).toBe(false);
    await client.editConfig({
      target: 'running',
      errorOption: 'rollback-on-error',
      config: [powerEdit(410)],
    });
    expect(power(simulator)).toBe(410);
    expect(
      tagsOf(
        await failure(
          client.editConfig({
            target: 'running',
            errorOption: 'rollback-on-error',
            config: [ran('ran', cellPower('cell-001-1', 420), cellPower('cell-001-2', 999))],
          }),
        ),
      ),
    ).toEqual(['invalid-value']);
    expect(power(simulator)).toBe(410);
    await other.lock('running');
    expect(tagsOf(await failure(client.editConfig({ target: 'running', config: [powerEdit(420)] })))).toEqual(
      ['in-use'],
    );
  });

  it.each([
    ['commit', (c: NetconfClient) => c.commit(), 'operation-not-supported'],
    ['cancel-commit', (c: NetconfClient) => c.cancelCommit(), 'operation-not-supported'],
    ['discard-changes', (c: NetconfClient) => c.discardChanges(), 'operation-not-supported'],
    ['validate', (c: NetconfClient) => c.validate('running'), 'operation-not-supported'],
    [
      'test-option',
      (c: NetconfClient) =>
        c.editConfig({ target: 'running', testOption: 'test-then-set', config: [powerEdit(1)] }),
      'operation-not-supported',
    ],
    ['a candidate', (c: NetconfClient) => c.lock('candidate'), 'invalid-value'],
  ])('does not know %s', async (_what, call, tag) => {
    const { client, simulator } = await start('ericsson');
    expect(tagsOf(await failure(call(client)))).toEqual([tag]);
    expect(power(simulator)).toBe(400);
  });

  it('forgets at a restart whatever was not copied to startup', async () => {
    const { client, simulator } = await start('ericsson');
    await client.editConfig({ target: 'running', config: [powerEdit(410)] });
    expect(serialiseXml(await client.getConfig('startup'))).not.toContain('410');
    await simulator.control.restart('gnb-001');
    expect(power(simulator)).toBe(400);
    const again = await login(device(simulator));
    clients.push(again);
    await again.editConfig({ target: 'running', config: [powerEdit(420)] });
    await again.copyConfig('startup', 'running');
    await simulator.control.restart('gnb-001');
    expect(power(simulator)).toBe(420);
  });
});

describe('a device of nokia', () => {
  it('refuses a lock of a candidate that another session has changed', async () => {
    const { client, other } = await start('nokia');
    await setPower(other, 410);
    expect(tagsOf(await failure(client.lock('candidate')))).toEqual(['lock-denied']);
  });
});
