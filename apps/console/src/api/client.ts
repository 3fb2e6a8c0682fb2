import type { ApiPath, paths } from '@interlock/api-types';
import { noteServerTime } from '../state/clock.js';
import { noteChange } from '../state/change.js';
import { createStore } from '../state/store.js';
import { createOwnWrites } from './own-writes.js';

/** A problem detail (RFC 9457), which every route returns when it refuses a request. */
export type ProblemDetail = {
  readonly status: number;
  readonly title: string;
  readonly detail: string;
  readonly type: string | undefined;
  readonly code: string | undefined;
  readonly trace: string | undefined;
  readonly remedy: string | undefined;
  readonly violations: readonly { readonly pointer: string; readonly detail: string }[];
};

export class ApiProblem extends Error {
  constructor(readonly problem: ProblemDetail) {
    super(problem.detail);
    this.name = 'ApiProblem';
  }
}

/**
 * Returns whether a setting was refused because its target name was never seen. Sending it again
 * with `force` sets it anyway.
 */
export const isUnseen = (error: unknown): boolean =>
  error instanceof ApiProblem && error.problem.code === 'target-unknown';

/** The selected tenant; undefined means the session's own tenant. */
export const tenantStore = createStore<string | undefined>(undefined);
/** True once a response says that the session has ended. */
export const signedOut = createStore(false);

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
const member = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? Reflect.get(value, name)
    : undefined;

/** Reads a response body as a problem detail. The raw body is never shown. */
export const problemOf = (status: number, body: unknown): ProblemDetail => {
  const faults = member(body, 'violations') ?? member(body, 'errors');
  return {
    status,
    title: textOf(member(body, 'title')) ?? (status === 0 ? 'No answer' : `Answered ${status}`),
    detail:
      textOf(member(body, 'detail')) ??
      (status === 0 ? 'the server could not be reached' : 'the server gave no details'),
    type: textOf(member(body, 'type')),
    code: textOf(member(body, 'code')),
    trace: textOf(member(body, 'trace_id')),
    remedy: textOf(member(body, 'remedy')),
    violations: Array.isArray(faults)
      ? faults.map((fault) => ({
          pointer: textOf(member(fault, 'pointer')) ?? '',
          detail: textOf(member(fault, 'detail')) ?? '',
        }))
      : [],
  };
};

type Method<P extends ApiPath> = keyof paths[P] & ('put' | 'post' | 'patch' | 'delete');
type JsonOf<R> = R extends { readonly content: { readonly 'application/json': infer T } } ? T : never;
export type AnswerOf<O> = O extends { readonly responses: infer R }
  ? { [S in keyof R & (200 | 201 | 202)]: JsonOf<R[S]> }[keyof R & (200 | 201 | 202)]
  : never;
type ParametersOf<O> = O extends { readonly parameters: infer A } ? A : never;
type QueryOf<O> = ParametersOf<O> extends { readonly query?: infer Q } ? NonNullable<Q> : never;
type SegmentsOf<O> = ParametersOf<O> extends { readonly path: infer S } ? S : never;
type SentOf<O> = O extends {
  readonly requestBody: { readonly content: { readonly 'application/json': infer B } };
}
  ? B
  : never;
export type Init<O> = {
  readonly path?: SegmentsOf<O>;
  readonly query?: { readonly [N in keyof QueryOf<O>]?: QueryOf<O>[N] | undefined };
  readonly body?: SentOf<O>;
  /**
   * The tenant of the call, fixed when the user decided; undefined means the session's own tenant.
   * If the member is absent, the selected tenant is used.
   */
  readonly tenant?: string | undefined;
  /**
   * The revision that a change is based on, sent as `If-Match`. A setting that does not exist yet
   * has the revision -1, which is not sent.
   */
  readonly revision?: string | undefined;
  /** The user's reason for the change, sent as `Interlock-Reason`. An empty reason is not sent. */
  readonly reason?: string;
  readonly signal?: AbortSignal;
};

const addressOf = (path: string, segments: unknown, query: unknown): string => {
  const filled = path.replaceAll(/\{([^}]+)\}/g, (_whole, name: string) =>
    encodeURIComponent(String(member(segments, name))),
  );
  const asked = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {}))
    if (value !== undefined && value !== null) asked.set(name, String(value));
  return asked.size === 0 ? filled : `${filled}?${asked.toString()}`;
};

const own = createOwnWrites();

/** Lets later reads of the same area include a change that the live stream announced. */
export const includeInReads = (address: string, position: string): void =>
  own.noticed(address, position, Date.now());

type Sent = {
  readonly body?: unknown;
  readonly revision?: string | undefined;
  readonly reason?: string | undefined;
  readonly signal?: AbortSignal | undefined;
};

const send = async (
  method: string,
  address: string,
  tenant: string | undefined,
  sent: Sent,
): Promise<Response> => {
  const { body, revision, reason = '', signal } = sent;
  const began = performance.now();
  const position = method === 'GET' ? own.before(address, Date.now()) : undefined;
  const response = await fetch(address, {
    method,
    headers: {
      'x-interlock-console': '1',
      ...(tenant === undefined ? {} : { 'x-tenant-id': tenant }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(reason === '' ? {} : { 'interlock-reason': encodeURIComponent(reason) }),
      ...(revision === undefined || revision === '-1' ? {} : { 'if-match': `"${revision}"` }),
      ...(position === undefined ? {} : { 'interlock-min-position': position }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(signal === undefined ? {} : { signal }),
  }).catch((error: unknown) => {
    if (signal?.aborted === true) throw error;
    throw new ApiProblem(problemOf(0, undefined));
  });
  if (response.status === 401) signedOut.set(true);
  if (!response.ok) {
    const problem = problemOf(response.status, await response.json().catch(() => undefined));
    if (position !== undefined && problem.code === 'read-model-behind') {
      // Older data is better than none. The stream announces the written change later.
      own.gaveUp(address);
      return send(method, address, tenant, sent);
    }
    throw new ApiProblem(problem);
  }
  const date = response.headers.get('date');
  // The header has whole seconds, so half a second is added to get the middle.
  if (date !== null)
    noteServerTime(new Date(Date.parse(date) + 500).toISOString(), performance.now() - began);
  return response;
};

/** The tenant of a call: the one that it names, or else the selected one. */
export const tenantOf = (init: { readonly tenant?: string | undefined }): string | undefined =>
  'tenant' in init ? init.tenant : tenantStore.get();

const get = <P extends ApiPath>(path: P, init: Init<paths[P]['get']>): Promise<Response> => {
  const { path: segments, query, signal } = init;
  return send('GET', addressOf(path, segments, query), tenantOf(init), { signal });
};

/**
 * Reads a route of the OpenAPI document. Throws `ApiProblem` if the route refuses the request or
 * cannot be reached.
 */
export const read = async <P extends ApiPath>(
  path: P,
  init: Init<paths[P]['get']> = {},
): Promise<AnswerOf<paths[P]['get']>> => (await (await get(path, init)).json()) as AnswerOf<paths[P]['get']>;

/** Reads a route that returns lines of text. Throws `ApiProblem` like `read`. */
export const readText = async <P extends ApiPath>(path: P, init: Init<paths[P]['get']>): Promise<string> =>
  (await get(path, init)).text();

/** Writes by a route of the OpenAPI document. Throws `ApiProblem` like `read`. */
export const call = async <P extends ApiPath, M extends Method<P>>(
  method: M,
  path: P,
  init: Init<paths[P][M]> = {},
): Promise<AnswerOf<paths[P][M]>> => {
  const { path: segments, query, body, revision, reason } = init;
  const tenant = tenantOf(init);
  const address = addressOf(path, segments, query);
  const response = await send(method.toUpperCase(), address, tenant, { body, revision, reason });
  const answer = (await response.json()) as AnswerOf<paths[P][M]>;
  own.wrote(address, answer, Date.now());
  noteChange(response.status, answer, tenant);
  return answer;
};
