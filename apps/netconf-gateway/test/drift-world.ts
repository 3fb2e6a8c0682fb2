import { afterAll, afterEach, beforeAll } from '@jest/globals';
import { streamName, type HandlerEnvelope } from '@interlock/contracts';
import { collect, type RecordedEvent } from '@interlock/kernel';
import { connectNetconf, parseXml, type NetconfClient, type XmlElement } from '@interlock/netconf';
import { ProjectionRunner } from '@interlock/postgres';
import { startPostgres, type TestPostgres } from '@interlock/testing';
import { GatewayConfig } from '../src/config.js';
import { DriftChecks, type DriftOptions } from '../src/drift/drift-checks.js';
import { expectedLeavesProjection, type ExpectedDatabase } from '../src/drift/expected-leaves.projection.js';
import { ExpectedLeaves } from '../src/drift/expected-leaves.queries.js';
import type { Gateway } from '../src/gateway.js';
import { tenant, type World } from './world.js';

const logger = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** Checks of drift over gateways of a world, with the read model in a real database. */
export const useDrift = (world: () => World) => {
  let database: TestPostgres;
  let count = 0;
  const stops: (() => Promise<void>)[] = [];
  beforeAll(async () => {
    database = await startPostgres();
  });
  afterEach(async () => {
    for (const stop of stops.splice(0)) await stop();
  });
  afterAll(async () => {
    await database.stop();
  });

  /** Checks on demand alone, unless `config` says how often. */
  const checks = async (
    gateway: Gateway,
    config: Partial<GatewayConfig> = {},
    over: Partial<DriftOptions> = {},
  ): Promise<DriftChecks> => {
    count += 1;
    const runner = new ProjectionRunner<ExpectedDatabase>({
      pool: database.pool,
      store: world().store,
      service: `drift-${count}`,
      projection: expectedLeavesProjection,
      logger,
      migrate: true,
    });
    await runner.start();
    const drift = new DriftChecks({
      gateway,
      expected: new ExpectedLeaves(runner),
      config: Object.assign(new GatewayConfig(), { NETCONF_DRIFT_MS: 0 }, config),
      logger,
      ...over,
    });
    drift.start();
    stops.push(async () => {
      await drift.stop();
      await runner.stop();
    });
    return drift;
  };

  /** The device's own events, without those of the inventory. */
  const found = async (deviceId: string): Promise<readonly RecordedEvent[]> =>
    (await collect(world().store.read(streamName('device', tenant, deviceId)))).filter(({ type }) =>
      type.startsWith('DeviceDrift'),
    );

  /** Carries an action out, up to its confirmed change. */
  const confirmed = async (gateway: Gateway, action: HandlerEnvelope): Promise<void> => {
    await world().observed(gateway, action);
    await world().confirmed(gateway, action);
  };
  return { checks, found, confirmed };
};

/** A session of somebody else with a simulated device. */
export const otherSession = (world: World, deviceId: string): Promise<NetconfClient> => {
  const device = world.simulator.devices.find((one) => one.device_id === deviceId)!;
  return connectNetconf({
    host: device.host,
    port: device.port,
    username: device.username,
    credentials: { password: device.password },
    hostKey: { known: [device.host_key_fingerprint] },
  });
};

/** Edits the cells of a device as somebody else does, and leaves. */
export const editCells = async (client: NetconfClient, cells: string): Promise<void> => {
  const config: readonly XmlElement[] = [
    parseXml(`<ran xmlns="urn:interlock:params:xml:ns:yang:ran">${cells}</ran>`),
  ];
  await client.editConfig({ target: 'candidate', config });
  await client.commit();
};
