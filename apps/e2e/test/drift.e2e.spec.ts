import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '@interlock/testing';
import { endStates } from '@interlock/contracts';
import { account, agent, tenant } from './names.js';
import { site } from './network.js';
import { World } from './world.js';

const world = new World({ devices: [site('dr01')] });
const cell = 'cell-dr01-1';
let device: string;

const cli = (...args: readonly string[]) => world.stack.cli('--tenant', tenant, ...args);
const json = async (...args: readonly string[]): Promise<unknown> =>
  JSON.parse((await cli(...args, '--json')).stdout);

beforeAll(async () => {
  await world.start();
  await world.provision();
  device = (await world.network.devices())[0]!.device_id;
  await world.network.degrade(cell);
  await world.teach(cell);
  await world.ends(await world.publish(world.intent(cell)));
});
afterAll(() => world.end());

describe('a device that somebody changes after an action', () => {
  const firing = async (): Promise<readonly { readonly name: string; readonly status: string }[]> =>
    ((await json('alerts', 'list')) as { readonly name: string; readonly status: string }[]).filter(
      ({ name, status }) => name === 'device_drift' && status === 'firing',
    );

  it('is in sync until then', async () => {
    expect(await json('devices', 'check', device)).toMatchObject({ device_id: device, state: 'in_sync' });
    expect((await cli('devices', 'list')).stdout).toContain('in_sync');
    expect(await firing()).toEqual([]);
  });

  it('is shown as drifted, with the leaf and its author, and raises an alert', async () => {
    await world.network.editState(device, cell, 'UNLOCKED');
    const shown = await until(async () => {
      const { drift } = (await json('devices', 'show', device)) as {
        readonly drift: { readonly state: string };
      };
      return drift.state === 'drifted' && drift;
    }, 'the notification of the device is followed');
    expect(shown).toMatchObject({
      leaves: [
        {
          path: `/ran/cell[id='${cell}']/attributes/administrativeState`,
          expected: 'LOCKED',
          actual: 'UNLOCKED',
          changed_by: { username: expect.any(String) as unknown, source_host: '127.0.0.1' },
        },
      ],
    });
    await until(async () => (await firing()).length === 1, 'the alert is raised');
  });

  it('is restored by an action that goes through all gates, which a person approves', async () => {
    const { stdout, code } = await cli(
      'devices',
      'restore',
      device,
      '--agent',
      agent,
      '--account',
      account,
      '--json',
    );
    expect(code).toBe(0);
    const [{ action_id: id } = { action_id: '' }] = JSON.parse(stdout) as readonly {
      readonly action_id: string;
    }[];
    const waiting = await world.reaches(id, ['AWAITING_APPROVAL', ...endStates]);
    expect(waiting).toMatchObject({
      state: 'AWAITING_APPROVAL',
      entity_id: device,
      plan: {
        diff: [
          {
            path: `/ran/cell[id='${cell}']/attributes/administrativeState`,
            before: 'UNLOCKED',
            after: 'LOCKED',
          },
        ],
      },
    });
    await world.approve(id, { sub: 'anna' });
    const { state, validation_result: result } = await world.ends(id);
    expect([state, result?.verdict]).toEqual(['COMPLETED', 'pass']);
    await until(async () => {
      const { drift } = (await json('devices', 'show', device)) as {
        readonly drift: { readonly state: string };
      };
      return drift.state === 'in_sync';
    }, 'the device is compared again');
    await until(async () => (await firing()).length === 0, 'the alert ends');
  });

  it('is adopted by a person, which ends the alert and is made again from the log', async () => {
    await world.network.editState(device, cell, 'UNLOCKED');
    await until(async () => (await firing()).length === 1, 'the alert is raised again');
    const adopt = ['devices', 'adopt', device, '--reason', 'the site is back in service'] as const;
    expect((await cli(...adopt)).code).not.toBe(0);
    expect(await cli('--as', 'anna', ...adopt)).toMatchObject({ code: 0 });
    expect(await json('devices', 'check', device)).toMatchObject({ state: 'in_sync', leaves: [] });
    await until(async () => (await firing()).length === 0, 'the alert ends');
    const { code, stdout } = await cli('audit', 'replay', '--live', '--json');
    const { difference } = JSON.parse(stdout) as { readonly difference: unknown };
    expect([code, difference]).toEqual([0, null]);
  });
});
