import { afterAll, beforeAll } from '@jest/globals';
import type { RunningService, ServiceContext, StartService } from '@interlock/platform';
import {
  answerChangeRequests,
  startParts,
  testContext,
  until,
  untilReady,
  type Parts,
} from '@interlock/testing';
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

export type StartedRegistry = {
  readonly parts: Parts;
  readonly running: RunningService;
  readonly changes: ReturnType<typeof answerChangeRequests>;
  readonly ask: Call;
  readonly call: Call;
  readonly stop: () => Promise<void>;
};

const startRegistry = async (environment: ServiceContext['environment']): Promise<StartedRegistry> => {
  const parts = await startParts();
  const changes = answerChangeRequests(parts, 'policy-registry');
  const running = await start(testContext(parts, 'policy-registry', environment));
  const all = ['POLICY_READ', 'POLICY_WRITE', 'POLICY_ACTIVATE', 'POLICY_AUDIT'] as const;
  const ask: Call = async (method, path, { body, headers = {}, as } = {}) => {
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
  let written: string | undefined;
  // With a key, a repeat names the same new policy. With the position of what was written last, a
  // reader sees it.
  const call: Call = async (method, path, options = {}) => {
    const added = {
      ...(method === 'POST' ? { 'idempotency-key': crypto.randomUUID() } : {}),
      ...(method === 'GET' && written !== undefined ? { 'interlock-min-position': written } : {}),
    };
    const answer = await changes.through(() =>
      ask(method, path, { ...options, headers: { ...added, ...options.headers } }),
    );
    const { position } = answer.body;
    if (method !== 'GET' && typeof position === 'string') written = position;
    return answer;
  };
  await untilReady(`http://127.0.0.1:${running.http.port}`);
  return {
    parts,
    running,
    changes,
    ask,
    call,
    stop: async () => {
      await running.stop();
      await parts.stop();
    },
  };
};

/**
 * The registry on real parts, started before a suite's tests and stopped after them. `call` uses a
 * person with all rights unless `as` says otherwise, and another person approves what loosens.
 * `ask` is one request.
 */
export const useRegistry = (environment: () => ServiceContext['environment'] = () => ({})) => {
  let started: StartedRegistry | undefined;
  const stops: (() => Promise<void>)[] = [];
  const now = (): StartedRegistry => {
    if (started === undefined) throw new Error('the registry starts in `beforeAll`');
    return started;
  };
  beforeAll(async () => {
    started = await startRegistry(environment());
  });
  afterAll(async () => {
    for (const stop of stops) await stop();
    await started?.stop();
  });
  const call: Call = (...request) => now().call(...request);
  const ask: Call = (...request) => now().ask(...request);
  return {
    get parts(): Parts {
      return now().parts;
    },
    get changes(): StartedRegistry['changes'] {
      return now().changes;
    },
    get running(): RunningService {
      return now().running;
    },
    ask,
    call,
    /** Registers a stop that runs after the tests, before the registry and its parts stop. */
    stopFirst: (stop: () => Promise<void>): void => {
      stops.push(stop);
    },
    /** Another instance of the registry on the same parts; the test stops it. */
    another: (over: Partial<ServiceContext> = {}): Promise<RunningService> =>
      start({ ...testContext(now().parts, 'policy-registry'), metrics: freshMetrics(now().parts), ...over }),
    /**
     * Another service from its build, because its sources belong to another project; it stops
     * before the registry.
     */
    startBeside: async (service: string): Promise<RunningService> => {
      const built = (await import(`@interlock-apps/${service}`)) as { readonly start: StartService };
      const running = await built.start({
        ...testContext(now().parts, service),
        metrics: freshMetrics(now().parts),
      });
      stops.push(() => running.stop());
      return running;
    },
  };
};
export type TestRegistry = ReturnType<typeof useRegistry>;

/** Separate metrics for a second service of one process. */
const freshMetrics = ({ metrics }: Parts): Parts['metrics'] =>
  new (metrics.constructor as new () => Parts['metrics'])();

/** A rule that allows a low-risk failover at any hour. */
export const failoverRule = (over: object = {}) => ({
  id: 'cf-night',
  agent: 'ran-optimizer',
  action: 'cell_failover',
  effect: 'allow' as const,
  priority: 100,
  conditions: [{ field: 'risk_score', op: '<=' as const, value: 40 }],
  reason: 'Low-risk failover is routine',
  ...over,
});
export const bundlesPath = '/api/v1/policy/bundles';

type Who = { readonly as?: Record<string, string> };
const who = ({ as }: Who): Who => (as === undefined ? {} : { as });

/**
 * The hashes that an approval of the bundle at this path names: its own, and that of a new flip
 * list.
 */
export const readFlips = (
  call: Call,
  path: string,
  by: Who = {},
): Promise<{ readonly bundle_hash: unknown; readonly flip_list_hash: unknown }> =>
  until(async () => {
    const { status, body } = await call('POST', `${path}/flip-list`, who(by));
    return status === 201 && { bundle_hash: body['bundle_hash'], flip_list_hash: body['flip_list_hash'] };
  }, 'the flip list is made');

/** Reads the bundle's flip list, and approves it. */
export const approve = async (
  call: Call,
  path: string,
  { note, ...by }: Who & { readonly note?: string } = {},
): Promise<Answer> =>
  call('POST', `${path}/approvals`, {
    ...who(by),
    body: { ...(await readFlips(call, path, by)), ...(note === undefined ? {} : { note }) },
  });

/** Reads the bundle, and activates it; `body` may add more. */
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
/** The pointers of a refusal's violations, in the order of the answer. */
export const pointersOf = ({ body }: Answer): string[] =>
  (body['violations'] as { pointer: string }[]).map(({ pointer }) => pointer);
