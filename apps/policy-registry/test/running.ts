import type { RunningService, ServiceContext } from '@interlock/platform';
import { startParts, testContext, until, type Parts } from '@interlock/testing';
import { start } from '../src/main.js';

export type Answer = { readonly status: number; readonly headers: Headers; readonly body: Record<string, unknown> };
export type Call = (method: string, path: string, options?: { readonly body?: unknown; readonly headers?: Record<string, string>; readonly as?: Record<string, string> }) => Promise<Answer>;

/** The registry on real parts; `call` goes as a person who may do everything unless `as` says otherwise. */
export const startRegistry = async (environment: ServiceContext['environment'] = {}): Promise<{ readonly parts: Parts; readonly running: RunningService; readonly call: Call; readonly stop: () => Promise<void> }> => {
  const parts = await startParts();
  const running = await start(testContext(parts, 'policy-registry', environment));
  const all = ['POLICY_READ', 'POLICY_WRITE', 'POLICY_ACTIVATE', 'POLICY_AUDIT'] as const;
  const call: Call = async (method, path, { body, headers = {}, as } = {}) => {
    const response = await fetch(`http://127.0.0.1:${running.http.port}${path}`, {
      method,
      headers: { ...(as ?? await parts.issuer.person(all)), ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: text === '' ? {} : JSON.parse(text) as Record<string, unknown> };
  };
  await until(async () => (await call('GET', '/health/ready')).status === 200, 'the registry is ready');
  return {
    parts, running, call,
    stop: async () => {
      await running.stop();
      await parts.stop();
    },
  };
};

/** Headers that make a read see a write. */
export const after = ({ body }: Answer): { 'interlock-min-position': string } => ({ 'interlock-min-position': String(body['position']) });
export const codeOf = ({ status, body }: Answer): string => `${status} ${String(body['code'])}`;
