import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect } from '@jest/globals';
import type { Scope } from '@interlock/contracts';
import type { RunningService } from '@interlock/platform';
import { answerChangeRequests, boundSecrets, startParts, testContext, type Parts } from '@interlock/testing';
import { start } from '../src/main.js';
import { startSimulator, type TestSimulator } from './simulator.js';

export type Body = Record<string, unknown> & {
  readonly violations?: readonly { readonly pointer: string }[];
  readonly items?: readonly Record<string, unknown>[];
};
type Call = {
  readonly body?: unknown;
  readonly scopes?: readonly Scope[];
  readonly tenant?: string;
  readonly headers?: Record<string, string>;
  /** A person where nothing is said. */
  readonly by?: 'person' | 'service';
};

/**
 * The service on real parts, over the simulated devices `gnb-a` and `gnb-b`, which it does not know
 * yet.
 */
export const useService = ({ hostKeys = [] }: { readonly hostKeys?: readonly string[] } = {}) => {
  let parts: Parts;
  let simulator: TestSimulator;
  let service: RunningService;
  let changes: ReturnType<typeof answerChangeRequests>;
  beforeAll(async () => {
    [parts, simulator] = await Promise.all([startParts(), startSimulator(['a', 'b'])]);
    const secrets = Object.assign(
      boundSecrets({ DEVICE_ACME__x: 'theirs' }, [
        simulator.devices[0]!.host,
        simulator.devices[0]!.host_key_fingerprint,
      ]),
      ...simulator.devices.map((device) =>
        boundSecrets({ [`DEVICE_DEMO__${device.device_id.replaceAll('-', '_')}`]: device.password }, [
          `${device.host}:${device.port}`,
          `${device.host}:1`,
          `${device.host}:22`,
          device.host_key_fingerprint,
          ...hostKeys,
        ]),
      ),
    ) as { readonly [variable: string]: string };
    service = await start(
      testContext(parts, 'netconf-gateway', {
        ...secrets,
        NETCONF_GATEWAY_KEY: randomBytes(32).toString('hex'),
        NETCONF_RPC_MS: '5000',
        NETCONF_OBSERVE_MS: '200',
      }),
    );
    changes = answerChangeRequests(parts, 'netconf-gateway');
  });
  afterAll(async () => {
    await service.stop();
    await Promise.all([parts.stop(), simulator.stop()]);
  });
  const call = async (
    method: string,
    path: string,
    {
      body,
      scopes = ['DEVICE_READ', 'DEVICE_WRITE', 'AUTONOMOUS_SUBMIT'],
      tenant = 'demo',
      headers = {},
      by = 'person',
    }: Call = {},
  ): Promise<{ readonly http: number; readonly etag: string | null; readonly body: Body }> => {
    const bearer = await parts.issuer[by](scopes, { tenant });
    const response = await fetch(`http://127.0.0.1:${service.http.port}/api/v1${path}`, {
      method,
      headers: {
        ...bearer,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return {
      http: response.status,
      etag: response.headers.get('etag'),
      body: (await response.json()) as Body,
    };
  };
  const deviceBody = (name: string, over: object = {}): object => {
    const { password: _secret, ...device } = simulator.devices.find(
      (one) => one.device_id === `gnb-${name}`,
    )!;
    const cells = simulator.cells
      .filter((cell) => cell.device_id === device.device_id)
      .map(({ cell_id, neighbours }) => ({
        cell_id,
        neighbours: neighbours.map((one) => ({ cell_id: one.cell_id, coverage: one.coverage })),
      }));
    return {
      device_id: device.device_id,
      site_id: device.site_id,
      host: device.host,
      port: device.port,
      username: device.username,
      host_key_fingerprint: device.host_key_fingerprint,
      credentials_ref: `env:DEVICE_DEMO__gnb_${name}`,
      profile: '3gpp',
      cells,
      ...over,
    };
  };
  const settingsOf = (name: string, over: object = {}): object => {
    const { device_id: _id, ...settings } = deviceBody(name, over) as { device_id: string };
    return settings;
  };
  return {
    get parts(): Parts {
      return parts;
    },
    get simulator(): TestSimulator {
      return simulator;
    },
    get url(): string {
      return `http://127.0.0.1:${service.http.port}`;
    },
    /** Approves the change request that a write of the tenant `demo` became. */
    approve: (requested: { readonly http: number; readonly body: Body }) => {
      expect(requested.http).toBe(202);
      return changes.approve('demo', requested.body as never);
    },
    call,
    deviceBody,
    settingsOf,
  };
};
