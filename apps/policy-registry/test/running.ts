import type { RunningService, ServiceContext } from '@interlock/platform';
import { startParts, testContext, until, type Parts } from '@interlock/testing';
import { start } from '../src/main.js';

export type Answer = {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
};
export type Call = (
  method: string,
  path: string,
  options?: {
    readonly body?: unknown;
    readonly headers?: Record<string, string>;
    readonly as?: Record<string, string>;
  },
) => Promise<Answer>;

/** The registry on real parts; `call` goes as a person who may do everything unless `as` says otherwise. */
export const startRegistry = async (
  environment: ServiceContext['environment'] = {},
): Promise<{
  readonly parts: Parts;
  readonly running: RunningService;
  readonly call: Call;
  readonly stop: () => Promise<void>;
}> => {
  const parts = await startParts();
  const running = await start(testContext(parts, 'policy-registry', environment));
  const all = ['POLICY_READ', 'POLICY_WRITE', 'POLICY_ACTIVATE', 'POLICY_AUDIT'] as const;
  const call: Call = async (method, path, { body, headers = {}, as } = {}) => {
    const response = await fetch(`http://127.0.0.1:${running.http.port}${path}`, {
      method,
      headers: {
        ...(as ?? (await parts.issuer.person(all))),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>),
    };
  };
  await until(async () => (await call('GET', '/health/ready')).status === 200, 'the registry is ready');
  return {
    parts,
    running,
    call,
    stop: async () => {
      await running.stop();
      await parts.stop();
    },
  };
};

type Who = { readonly as?: Record<string, string> };
const who = ({ as }: Who): Who => (as === undefined ? {} : { as });

/** What a yes to the bundle at this path names: the hashes of the bundle and of a flip list that is made now. */
export const readFlips = (
  call: Call,
  path: string,
  by: Who = {},
): Promise<{ readonly bundle_hash: unknown; readonly flip_list_hash: unknown }> =>
  until(async () => {
    const { status, body } = await call('POST', `${path}/flip-list`, who(by));
    return status === 201 && { bundle_hash: body['bundle_hash'], flip_list_hash: body['flip_list_hash'] };
  }, 'the flip list is made');

/** Looks at what the bundle would change, and says yes to it. */
export const approve = async (
  call: Call,
  path: string,
  { note, ...by }: Who & { readonly note?: string } = {},
): Promise<Answer> =>
  call('POST', `${path}/approvals`, {
    ...who(by),
    body: { ...(await readFlips(call, path, by)), ...(note === undefined ? {} : { note }) },
  });

/** Reads the bundle, and lets it begin; `body` says more. */
export const activate = async (
  call: Call,
  path: string,
  { body = {}, ...by }: Who & { readonly body?: object } = {},
): Promise<Answer> => {
  const read = await until(async () => {
    const answer = await call('GET', path, who(by));
    return answer.status === 200 && answer;
  }, 'the bundle can be read');
  return call('POST', `${path}/activate`, {
    ...who(by),
    body: { bundle_hash: read.body['bundle_hash'], ...body },
  });
};

/** Headers that make a read see a write. */
export const after = ({ body }: Answer): { 'interlock-min-position': string } => ({
  'interlock-min-position': String(body['position']),
});
export const codeOf = ({ status, body }: Answer): string => `${status} ${String(body['code'])}`;
