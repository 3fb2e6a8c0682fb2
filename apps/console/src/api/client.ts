import type { ApiPath, paths } from '@interlock/api-types';
import { noteServerTime } from '../state/clock.js';
import { noteChange } from '../state/change.js';
import { createStore } from '../state/store.js';
import { createOwnWrites } from './own-writes.js';

/** RFC 9457, as every route answers where it refuses. */
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
 * True where a setting was refused because nobody has seen the name that it is for; the same again
 * with `force` insists.
 */
export const isUnseen = (error: unknown): boolean =>
  error instanceof ApiProblem && error.problem.code === 'target-unknown';

/** The tenant that is looked at; undefined is the session's own. */
export const tenantStore = createStore<string | undefined>(undefined);
/** Set when an answer said that the session has ended. */
export const signedOut = createStore(false);

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
const member = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? Reflect.get(value, name)
    : undefined;

/** Reads whatever came as a problem: never a raw body. */
export const problemOf = (status: number, body: unknown): ProblemDetail => {
  const faults = member(body, 'violations') ?? member(body, 'errors');
  return {
    status,
    title: textOf(member(body, 'title')) ?? (status === 0 ? 'No answer' : `Answered ${status}`),
    detail:
      textOf(member(body, 'detail')) ??
      (status === 0 ? 'the server could not be reached' : 'the server said no more than that'),
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

type Method<P extends ApiPath> = keyof paths[P] & ('get' | 'put' | 'post' | 'patch' | 'delete');
type JsonOf<R> = R extends { readonly content: { readonly 'application/json': infer T } } ? T : never;
type AnswerOf<O> = O extends { readonly responses: infer R }
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
type Init<O> = {
  readonly path?: SegmentsOf<O>;
  readonly query?: { readonly [N in keyof QueryOf<O>]?: QueryOf<O>[N] | undefined };
  readonly body?: SentOf<O>;
  /**
   * Whose it is, as it was when the call was decided on; undefined is the session's own. Where
   * absent, what is looked at now.
   */
  readonly tenant?: string | undefined;
  /**
   * The revision that a change is based on, sent as `If-Match`. A setting that is not there yet has
   * the revision -1, which is not sent.
   */
  readonly revision?: string | undefined;
  /** Why a person changes it, sent as `Interlock-Reason`; an empty one is not sent. */
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
      // What is known now is better than nothing; what was written follows when the stream tells of
      // it.
      own.gaveUp(address);
      return send(method, address, tenant, sent);
    }
    throw new ApiProblem(problem);
  }
  const date = response.headers.get('date');
  // The header has whole seconds: half of one is its middle.
  if (date !== null)
    noteServerTime(new Date(Date.parse(date) + 500).toISOString(), performance.now() - began);
  return response;
};

const tenantOf = (init: { readonly tenant?: string | undefined }): string | undefined =>
  'tenant' in init ? init.tenant : tenantStore.get();

/**
 * Calls a route as the OpenAPI document has it; throws `ApiProblem` where it refuses or cannot be
 * reached.
 */
export const call = async <P extends ApiPath, M extends Method<P>>(
  method: M,
  path: P,
  init: Init<paths[P][M]> = {},
): Promise<AnswerOf<paths[P][M]>> => {
  const { path: segments, query, body, signal, revision, reason } = init;
  const tenant = tenantOf(init);
  const address = addressOf(path, segments, query);
  const response = await send(method.toUpperCase(), address, tenant, { body, revision, reason, signal });
  const answer = (await response.json()) as AnswerOf<paths[P][M]>;
  if (method !== 'get') {
    own.wrote(address, answer, Date.now());
    noteChange(response.status, answer, tenant);
  }
  return answer;
};

/** The same for what answers lines of text. */
export const callText = async <P extends ApiPath>(path: P, init: Init<paths[P]['get']>): Promise<string> => {
  const { path: segments, query, signal } = init;
  return (await send('GET', addressOf(path, segments, query), tenantOf(init), { signal })).text();
};
