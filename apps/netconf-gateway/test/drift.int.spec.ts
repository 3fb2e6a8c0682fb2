import { until } from '@interlock/testing';
import { describe, expect, it } from '@jest/globals';
import type { DriftOutcome } from '../src/drift/drift-check.js';
import { driftView } from '../src/drift/drift-view.js';
import { tell } from './commands.js';
import { editCells, otherSession, useDrift } from './drift-world.js';
import { useWorld } from './use-world.js';
import { tenant } from './world.js';

const pushing = { cell: 'push-1', device: 'gnb-push' };
const { world, prepared } = useWorld('d', 14, { pushing: ['push'] });
const { checks, found, confirmed } = useDrift(() => world);

const state = (cell: string, value: string): string =>
  `<cell><id>${cell}</id><attributes><administrativeState>${value}</administrativeState></attributes></cell>`;
const stateOf = (cell: string): string => `/ran/cell[id='${cell}']/attributes/administrativeState`;

/** An action has locked the cell, and its change is confirmed. */
const locked = async () => {
  const ready = await prepared();
  await confirmed(ready.gateway, ready.action);
  const edit = async (value: string): Promise<string> => {
    const client = await otherSession(world, ready.device);
    await editCells(client, state(ready.cell, value));
    await client.close();
    return client.sessionId;
  };
  return { ...ready, edit };
};

describe('a device that others change', () => {
  it('drifts by the leaves that differ, until they are put back', async () => {
    const { gateway, device, cell, action, edit } = await locked();
    const drift = await checks(gateway);
    const check = () => drift.check(tenant, device);
    expect(await check()).toMatchObject({ state: 'in_sync' });
    expect(await found(device)).toEqual([]);

    await edit('UNLOCKED');
    expect(await check()).toMatchObject({ state: 'drifted' });
    expect(await check()).toMatchObject({ state: 'drifted' });
    expect(await found(device)).toMatchObject([
      {
        type: 'DeviceDriftFound',
        data: {
          device_id: device,
          leaves: [
            { path: stateOf(cell), expected: 'LOCKED', actual: 'UNLOCKED', action_id: action.action_id },
          ],
        },
        metadata: { actor: { kind: 'service', service: 'netconf-gateway' } },
      },
    ]);
    await gateway.inventory.current();
    expect(driftView(gateway.inventory.find(tenant, device)!, drift.last(tenant, device))).toMatchObject({
      state: 'drifted',
      why: null,
      leaves: [{ path: stateOf(cell) }],
    });

    await edit('LOCKED');
    expect(await check()).toMatchObject({ state: 'in_sync' });
    expect((await found(device)).map(({ type }) => type)).toEqual(['DeviceDriftFound', 'DeviceDriftCleared']);
  });

  it('does not drift by leaves that Interlock never changed', async () => {
    const { gateway, device, cell } = await locked();
    const drift = await checks(gateway);
    const client = await otherSession(world, device);
    await editCells(
      client,
      `<cell><id>${cell}</id><attributes><configuredMaxTxPower>390</configuredMaxTxPower></attributes></cell>`,
    );
    await client.close();
    expect(await drift.check(tenant, device)).toMatchObject({ state: 'in_sync' });
  });

  it('is not checked where Interlock has changed nothing', async () => {
    const { gateway, device } = await prepared();
    const drift = await checks(gateway);
    expect(await drift.check(tenant, device)).toMatchObject({
      state: 'not_checked',
      code: 'nothing-expected',
    });
    await expect(drift.check(tenant, 'none')).rejects.toMatchObject({ code: 'device-unknown' });
  });

  it('is compared with the earlier values after the change was rolled back', async () => {
    const { gateway, action, device, cell } = await prepared();
    const drift = await checks(gateway);
    await world.observed(gateway, action);
    await world.undone(gateway, action);
    expect(await drift.check(tenant, device)).toMatchObject({ state: 'in_sync' });
    const client = await otherSession(world, device);
    await editCells(client, state(cell, 'LOCKED'));
    await client.close();
    expect(await drift.check(tenant, device)).toMatchObject({ state: 'drifted' });
    expect(await found(device)).toMatchObject([
      { data: { leaves: [{ expected: 'UNLOCKED', actual: 'LOCKED' }] } },
    ]);
  });

  it('is not checked while a transaction is under way, whose values are not the last ones', async () => {
    const { gateway, action, device } = await prepared();
    const drift = await checks(gateway);
    await world.observed(gateway, action);
    expect(await drift.check(tenant, device)).toMatchObject({
      state: 'not_checked',
      code: 'transaction-open',
    });
    await world.confirmed(gateway, action);
    expect(await drift.check(tenant, device)).toMatchObject({ state: 'in_sync' });
    expect(await found(device)).toEqual([]);
  });
});

describe('a device that does not answer', () => {
  it('is not checked, whatever was known before', async () => {
    const { gateway, device, edit } = await locked();
    const drift = await checks(gateway);
    const view = async () => {
      await gateway.inventory.current();
      return driftView(gateway.inventory.find(tenant, device)!, drift.last(tenant, device));
    };
    expect(await view()).toMatchObject({ state: 'not_checked', checked_at: null });
    await drift.check(tenant, device);
    expect(await view()).toMatchObject({ state: 'in_sync', why: null });

    const { host, port } = gateway.inventory.find(tenant, device)!.device;
    await tell(gateway, device, { kind: 'UpdateDevice', device_id: device, changes: { host, port: 1 } });
    expect(await drift.check(tenant, device)).toMatchObject({ state: 'not_checked', code: 'device-fault' });
    expect(await view()).toMatchObject({
      state: 'not_checked',
      why: expect.stringContaining('cannot be reached'),
    });

    await tell(gateway, device, { kind: 'UpdateDevice', device_id: device, changes: { host, port } });
    await edit('UNLOCKED');
    await drift.check(tenant, device);
    await tell(gateway, device, { kind: 'UpdateDevice', device_id: device, changes: { host, port: 1 } });
    await drift.check(tenant, device);
    expect(await view()).toMatchObject({
      state: 'drifted',
      why: expect.stringContaining('cannot be reached'),
    });
  });

  it('is not checked where it refuses to be read', async () => {
    const { gateway, device } = await locked();
    const drift = await checks(gateway);
    await world.simulator.fault(device, {
      kind: 'rpc_error',
      operation: 'get-config',
      error_tag: 'access-denied',
      error_message: 'not you',
      times: 1,
    });
    expect(await drift.check(tenant, device)).toMatchObject({ state: 'not_checked', code: 'device-fault' });
    expect(await drift.check(tenant, device)).toMatchObject({ state: 'in_sync' });
  });
});

describe('a drift that a person adopts', () => {
  it('leaves the actual values as the expected ones', async () => {
    const { gateway, device, cell, edit } = await locked();
    const drift = await checks(gateway);
    await expect(tell(gateway, device, { kind: 'AdoptDrift', reason: 'none' })).rejects.toMatchObject({
      code: 'wrong-state',
    });
    await edit('UNLOCKED');
    await drift.check(tenant, device);
    await tell(gateway, device, { kind: 'AdoptDrift', reason: 'the site is back in service' });
    expect(await drift.check(tenant, device)).toMatchObject({ state: 'in_sync' });
    await edit('LOCKED');
    expect(await drift.check(tenant, device)).toMatchObject({ state: 'drifted' });
    expect((await found(device)).map(({ type, data }) => [type, data])).toMatchObject([
      ['DeviceDriftFound', {}],
      ['DeviceDriftAdopted', { reason: 'the site is back in service' }],
      ['DeviceDriftFound', { leaves: [{ path: stateOf(cell), expected: 'UNLOCKED', actual: 'LOCKED' }] }],
    ]);
  });

  it('is forgotten with the device', async () => {
    const { gateway, device, edit } = await locked();
    const drift = await checks(gateway);
    await edit('UNLOCKED');
    await drift.check(tenant, device);
    const known = gateway.inventory.find(tenant, device)!.device;
    await tell(gateway, device, { kind: 'RemoveDevice', reason: null });
    await tell(gateway, device, { kind: 'RegisterDevice', device: known });
    expect(gateway.inventory.find(tenant, device)!.drift).toBeNull();
    expect(await drift.check(tenant, device)).toMatchObject({ code: 'nothing-expected' });
  });
});

describe('checks that nobody asks for', () => {
  it('are made after a notification of the device, which names the author', async () => {
    const { gateway, device, cell, edit } = await locked();
    // Nothing but a notification makes a check before the interval is over.
    const drift = await checks(gateway, { NETCONF_DRIFT_MS: 86_400_000 });
    await drift.check(tenant, device);
    const session = await edit('UNLOCKED');
    const [event] = await until(async () => {
      const events = await found(device);
      return events.length > 0 && events;
    }, 'the drift is found');
    const { username } = gateway.inventory.find(tenant, device)!.device;
    expect(event!.data).toMatchObject({
      leaves: [
        {
          path: stateOf(cell),
          changed_by: { username, session_id: session, source_host: '127.0.0.1' },
        },
      ],
    });
  });

  it('are made after a push of the device, which does not name the author', async () => {
    const { cell, device } = pushing;
    const gateway = await world.gateway();
    await world.register(gateway);
    await confirmed(gateway, await world.started(gateway, cell));
    const drift = await checks(gateway, { NETCONF_DRIFT_MS: 86_400_000 });
    await drift.check(tenant, device);
    const client = await otherSession(world, device);
    await editCells(client, state(cell, 'UNLOCKED'));
    await client.close();
    const [event] = await until(async () => {
      const events = await found(device);
      return events.length > 0 && events;
    }, 'the drift is found');
    expect(event!.data).toMatchObject({
      leaves: [{ path: stateOf(cell), actual: 'UNLOCKED', changed_by: null }],
    });
  });

  it('are made regularly, as many as may be at a time', async () => {
    const { gateway, device, edit } = await locked();
    const outcomes: DriftOutcome[] = [];
    let running = 0;
    let most = 0;
    const current = async () => {
      running += 1;
      most = Math.max(most, running);
      try {
        return await gateway.current();
      } finally {
        running -= 1;
      }
    };
    await checks(
      gateway,
      { NETCONF_DRIFT_MS: 100, NETCONF_DRIFT_AT_ONCE: 2, NETCONF_DRIFT_SUBSCRIPTIONS: 0 },
      {
        gateway: Object.assign(Object.create(gateway) as typeof gateway, {
          current,
          openOn: gateway.openOn.bind(gateway),
        }),
        onCheck: (outcome) => outcomes.push(outcome),
      },
    );
    await until(() => outcomes.some(({ state: how }) => how === 'in_sync'), 'the device is compared');
    await edit('UNLOCKED');
    await until(async () => (await found(device)).length === 1, 'the drift is found');
    await edit('LOCKED');
    await until(async () => (await found(device)).length === 2, 'its end is found');
    expect(most).toBe(2);
  });

  it('go on after the session with the notifications has ended', async () => {
    const { gateway, device, edit } = await locked();
    const drift = await checks(gateway, { NETCONF_DRIFT_MS: 86_400_000 });
    await drift.check(tenant, device);
    await world.simulator.dropSessions(device);
    expect(await drift.check(tenant, device)).toMatchObject({ state: 'in_sync' });
    await edit('UNLOCKED');
    await until(async () => (await found(device)).length > 0, 'the drift is found');
  });
});
