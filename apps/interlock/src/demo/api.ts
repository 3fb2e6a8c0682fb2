import type { Answer, ApiPath, MethodOf } from '@interlock/api-types';
import { requestedChange, scopes, throughChange } from '@interlock/contracts';
import type { DevIssuer } from '@interlock/platform';

/** The refusal of a route, with its status and a message that contains the answer. */
export class RouteRefused extends Error {
  constructor(
    asked: string,
    readonly status: number,
    body: string,
  ) {
    super(`${asked} answered ${status}: ${body}`);
    this.name = 'RouteRefused';
  }
}

type Sent = {
  /** The segments of the path by name. */
  readonly path?: { readonly [name: string]: string };
  readonly query?: { readonly [name: string]: string };
  readonly body?: object;
  /** The position of the log that the answer must include. */
  readonly minPosition?: string;
  /** The reason that a program gives when it proposes a change that loosens. */
  readonly why?: string;
};

/**
 * Calls a route of the public API; answers have the types of the OpenAPI document. Throws
 * `RouteRefused` if the route refuses.
 */
export type Api = <P extends ApiPath, M extends MethodOf<P>>(
  method: M,
  path: P,
  sent?: Sent,
) => Promise<Answer<P, M>>;

/** The people of the demo: as many as a change may require. */
const demoPeople = ['demo-approver', 'demo-author', 'demo-operator'];

type ApprovedChange = Parameters<Parameters<typeof throughChange>[1]>[0];

const addressOf = (template: string, { path = {}, query = {} }: Sent): string => {
  const filled = template.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = path[name];
    if (value === undefined) throw new Error(`${template} needs its \`${name}\``);
    return encodeURIComponent(value);
  });
  const asked = new URLSearchParams(query).toString();
  return asked === '' ? filled : `${filled}?${asked}`;
};

/**
 * Returns a client of the public API as one of the demo's people or services. It renews tokens
 * before they expire.
 */
export const apiAs = (
  http: string,
  issuer: Pick<DevIssuer, 'token'>,
  who: { readonly sub: string; readonly kind: 'person' | 'service' },
  tenant = 'demo',
): Api => {
  let token: { readonly text: string; readonly until: number } | undefined;
  const ask = async (method: string, path: string, sent: Sent) => {
    if (token === undefined || Date.now() > token.until) {
      token = {
        text: await issuer.token({ tenant, scopes, sub: who.sub, kind: who.kind, ttlS: 3600 }),
        until: Date.now() + 3_000_000,
      };
    }
    const { body, minPosition, why } = sent;
    const address = addressOf(path, sent);
    const response = await fetch(`${http}${address}`, {
      method: method.toUpperCase(),
      headers: {
        authorization: `Bearer ${token.text}`,
        ...(minPosition === undefined ? {} : { 'interlock-min-position': minPosition }),
        ...(why === undefined ? {} : { 'interlock-reason': encodeURIComponent(why) }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new RouteRefused(`${method.toUpperCase()} ${address}`, response.status, text);
    return { status: response.status, body: (text === '' ? null : JSON.parse(text)) as unknown };
  };
  // Other people approve changes that loosen, which an installation requires once its founders have
  // signed in.
  const approve = async ({ change_id, digest }: ApprovedChange): Promise<void> => {
    for (const sub of demoPeople.filter((person) => person !== who.sub)) {
      const approver = apiAs(http, issuer, { sub, kind: 'person' }, tenant);
      const { status } = await approver('post', '/api/v1/changes/{id}/approve', {
        path: { id: change_id },
        body: { digest },
      });
      if (status !== 'open') return;
    }
  };
  const call = async (method: string, path: string, sent: Sent = {}): Promise<unknown> => {
    const answer = await throughChange(() => ask(method, path, sent), approve);
    const open = requestedChange(answer);
    if (open !== undefined)
      throw new Error(`${method.toUpperCase()} ${path}: the change ${open.change_id} is ${open.status}`);
    return answer.body;
  };
  return call as Api;
};
