import { scopes } from '@interlock/contracts';
import type { DevIssuer } from '@interlock/platform';

export type Api = {
  readonly call: (
    method: 'GET' | 'POST' | 'PUT',
    path: string,
    body?: unknown,
    minPosition?: string,
  ) => Promise<{ readonly status: number; readonly body: unknown }>;
};

/** Calls the public API as one of the demo's people or services would; tokens are made anew before they end. */
export const apiAs = (
  http: string,
  issuer: DevIssuer,
  who: { readonly sub: string; readonly kind: 'person' | 'service' },
  tenant = 'demo',
): Api => {
  let token: { readonly text: string; readonly until: number } | undefined;
  return {
    call: async (method, path, body, minPosition) => {
      if (token === undefined || Date.now() > token.until) {
        token = {
          text: await issuer.token({ tenant, scopes, sub: who.sub, kind: who.kind, ttlS: 3600 }),
          until: Date.now() + 3_000_000,
        };
      }
      const response = await fetch(`${http}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${token.text}`,
          ...(minPosition === undefined ? {} : { 'interlock-min-position': minPosition }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      return { status: response.status, body: text === '' ? null : (JSON.parse(text) as unknown) };
    },
  };
};

/** The body of an answer; throws with what was said where it is no success. */
export const must = async <T>(
  answer: Promise<{ readonly status: number; readonly body: unknown }>,
  what: string,
): Promise<T> => {
  const { status, body } = await answer;
  if (status >= 300) throw new Error(`${what} answered ${status}: ${JSON.stringify(body)}`);
  return body as T;
};
