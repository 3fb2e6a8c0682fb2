import { afterAll, afterEach, beforeAll, beforeEach } from '@jest/globals';
import type { HandlerEnvelope, TxStatus } from '@interlock/contracts';
import type { EventStore } from '@interlock/kernel';
import { until } from '@interlock/testing';
import type { GatewayConfig } from '../src/config.js';
import type { Gateway } from '../src/gateway.js';
import { devicesOf, startDevices } from './simulator.js';
import { emptyLog, World } from './world.js';

/**
 * A gateway, an action that is ready to take its turn, and the configuration of its device as it
 * was before.
 */
export type PreparedAction = {
  readonly gateway: Gateway;
  readonly action: HandlerEnvelope;
  readonly cell: string;
  readonly device: string;
  readonly before: string;
};

/**
 * A world for a suite: one simulator with `count` sites, which its tests use up one by one, and the
 * sites `more`. Each test has a log of its own, unless the suite names one.
 */
export const useWorld = (
  prefix: string,
  count: number,
  {
    more = [],
    pushing = [],
    log,
    config,
    callHome,
    tls,
    profile,
  }: {
    readonly more?: readonly string[];
    /** Sites whose devices push their changes. */
    readonly pushing?: readonly string[];
    readonly log?: () => EventStore;
    readonly config?: Partial<GatewayConfig>;
    /** How all devices behave. */
    readonly profile?: string;
    /** Where all devices call home. */
    readonly callHome?: () => Promise<string>;
    /** How a device speaks TLS, and the secret that opens it. */
    readonly tls?: () => Promise<(deviceId: string) => object>;
  } = {},
) => {
  const world = new World(undefined, undefined, config);
  const sites = Array.from({ length: count }, (_, n) => `${prefix}${n}`);
  beforeAll(async () => {
    const home = callHome === undefined ? {} : { call_home: await callHome() };
    const secured = await tls?.();
    world.simulator = await startDevices(
      [
        ...devicesOf([...sites, ...more], profile),
        ...devicesOf(pushing).map((device) => ({ ...device, yang_push: true })),
      ].map((device) => ({
        ...device,
        ...home,
        ...secured?.((device as { readonly device_id: string }).device_id),
      })),
    );
  });
  afterAll(async () => {
    await world.simulator.stop();
  });
  beforeEach(() => {
    world.store = (log ?? emptyLog)();
  });
  afterEach(async () => {
    await world.stop();
  });
  /** A site that no test has used yet: devices keep their faults and their configuration. */
  const site = (): { readonly cell: string; readonly device: string } => {
    const name = sites.pop();
    if (name === undefined) throw new Error(`the suite has only ${count} sites`);
    return { cell: `${name}-1`, device: `gnb-${name}` };
  };
  const prepared = async ({
    over = {},
    ...options
  }: Parameters<World['gateway']>[0] & {
    readonly over?: Parameters<World['started']>[2];
  } = {}): Promise<PreparedAction> => {
    const { cell, device } = site();
    const gateway = await world.gateway(options);
    await world.register(gateway);
    const before = (await world.simulator.running(device)).config;
    return { gateway, before, cell, device, action: await world.started(gateway, cell, over) };
  };
  return { world, site, prepared };
};

export const codesOf = ({ reasons }: Pick<TxStatus, 'reasons'>): readonly string[] =>
  reasons.map(({ code }) => code);

/**
 * Waits until that much time has passed on the clock that the gateway measures its turns and leases
 * by.
 */
export const clockPasses = (ms: number): Promise<unknown> => {
  const since = performance.now();
  return until(() => performance.now() - since > ms, `${ms} ms have passed`);
};
