import type { Scope } from '@interlock/contracts';
import { RpcClient } from '@interlock/jetstream';
import type { EventStore } from '@interlock/kernel';
import type { RunningService } from '@interlock/platform';
import { startParts, testContext, type Parts } from '@interlock/testing';
import { start } from '../src/main.js';

export type Answer = { readonly status: number; readonly headers: Headers; readonly body: Record<string, unknown>; readonly text: string };
export type CallOptions = { readonly body?: unknown; readonly headers?: Record<string, string>; readonly scopes?: readonly Scope[]; readonly tenant?: string; readonly tenants?: readonly string[]; readonly token?: boolean };

/** The service on real parts, and what calls it. `wrap` stands between it and the log. */
export const startLedger = async (wrap: (store: EventStore) => EventStore = (store) => store) => {
  const parts: Parts = await startParts();
  const context = testContext(parts, 'budget-ledger');
  const service: RunningService = await start({ ...context, store: wrap(context.store) });
  const rpc = new RpcClient(parts.connection, { deadlineMs: 30_000 });
  const call = async (method: string, path: string, { body, headers = {}, scopes = ['AUTONOMY_ADMIN'], tenant = 'demo', tenants, token = true }: CallOptions = {}): Promise<Answer> => {
    const bearer = token ? await parts.issuer.person(scopes, { tenant, ...(tenants === undefined ? {} : { tenants: [...tenants] }) }) : {};
    const response = await fetch(`http://127.0.0.1:${service.http.port}/api/v1/autonomy${path}`, {
      method, headers: { ...bearer, ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers }, ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, body: text === '' ? {} : JSON.parse(text) as Record<string, unknown> };
  };
  return { parts, service, rpc, call, stop: async () => { await service.stop(); await parts.stop(); } };
};
export type Ledger = Awaited<ReturnType<typeof startLedger>>;
