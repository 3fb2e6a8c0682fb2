import { afterAll, beforeAll } from '@jest/globals';
import type { PostureAnswer, Scope } from '@interlock/contracts';
import { RpcClient } from '@interlock/jetstream';
import type { RunningService } from '@interlock/platform';
import { answerChangeRequests, startParts, testContext, type Parts } from '@interlock/testing';
import { start } from '../src/main.js';

export type Call = {
  readonly body?: unknown;
  readonly scopes?: readonly Scope[];
  readonly tenant?: string;
  readonly headers?: Record<string, string>;
  /** The headers of another caller than a service of the tenant. */
  readonly as?: Record<string, string>;
};
export type Body = Record<string, unknown> & {
  readonly violations?: readonly { readonly pointer: string; readonly detail: string }[];
};

/**
 * The posture on real parts, started before a suite's tests and stopped after them. `before` runs
 * when the parts are there, and returns the environment of the service.
 */
export const postureWorld = (before: (parts: Parts) => Record<string, string> = () => ({})) => {
  let parts: Parts;
  let service: RunningService;
  let rpc: RpcClient;
  let changes: ReturnType<typeof answerChangeRequests>;
  beforeAll(async () => {
    parts = await startParts();
    changes = answerChangeRequests(parts, 'posture');
    service = await start(testContext(parts, 'posture', before(parts)));
    rpc = new RpcClient(parts.connection, { caller: 'safety-rails', deadlineMs: 30_000 });
  });
  afterAll(async () => {
    await service.stop();
    await parts.stop();
  });

  /** One request; by a service of the tenant unless `as` says otherwise. */
  const request = async (
    method: string,
    path: string,
    { body, scopes = ['POSTURE_READ', 'POSTURE_WRITE'], tenant = 'demo', headers = {}, as }: Call = {},
  ): Promise<Body & { readonly http: number }> => {
    const bearer = as ?? (await parts.issuer.service(scopes, { tenant }));
    const response = await fetch(`http://127.0.0.1:${service.http.port}/api/v1/posture${path}`, {
      method,
      headers: {
        ...bearer,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { http: response.status, ...((await response.json()) as Body) };
  };
  return {
    get parts() {
      return parts;
    },
    get service() {
      return service;
    },
    get rpc() {
      return rpc;
    },
    get changes() {
      return changes;
    },
    request,
    /** The same by a program that says why, so that people approve what loosens. */
    call: async (method: string, path: string, options: Call = {}): ReturnType<typeof request> => {
      const { body } = await changes.through(async () => {
        const headers = { 'interlock-reason': 'a%20test', ...options.headers };
        const answer = await request(method, path, { ...options, headers });
        return { status: answer.http, body: answer };
      });
      return body;
    },
    ask: (tenant_id: string): Promise<PostureAnswer> =>
      rpc.call('posture.posture', { tenant_id, fresh: true }),
  };
};
