import { tenant } from './names.js';
import { ask, eachOf, leakIn, type PlainAnswer, type Route } from './security-doors.js';

export const filled = (path: string, id = 'x-1', of = tenant): string =>
  path.replaceAll(/\{(\w+)\}/g, (_all, name: string) => (name === 'tenantId' ? of : id));
export const named = ({ method, path }: Route): string => `${method} ${path}`;

/**
 * The fault of an answer to nonsense, or null: no 5xx, every refusal a problem document, no
 * internal detail.
 */
export const faultOf = (
  { status, type, text }: PlainAnswer,
  allowed: (status: number) => boolean = (code) => code < 500,
): string | null => {
  if (!allowed(status)) return `answers ${status} ${text.slice(0, 160)}`;
  if (status < 400) return null;
  if (!type.startsWith('application/problem+json'))
    return `answers ${status} as ${type}: ${text.slice(0, 80)}`;
  const leak = leakIn(text);
  return leak === undefined ? null : `says \`${leak}\` in ${text.slice(0, 200)}`;
};
type Probe = {
  readonly route: Route;
  readonly path: string;
  readonly what: string;
  readonly headers?: { readonly [name: string]: string };
  readonly body?: string | Uint8Array<ArrayBuffer>;
};

/** Sends nonsense to the routes, with a token with every scope. */
export class Prober {
  constructor(
    private readonly http: string,
    private readonly token: string,
  ) {}

  /** These headers with the token's. */
  as(headers: { readonly [name: string]: string } = {}): { readonly [name: string]: string } {
    return { authorization: `Bearer ${this.token}`, ...headers };
  }

  /** The faults of the answers to these probes, each with its route. */
  async faultsOf(
    probes: readonly Probe[],
    allowed?: (status: number) => boolean,
  ): Promise<readonly string[]> {
    const faults: string[] = [];
    await eachOf(probes, async ({ route, path, what, headers, body }) => {
      const fault = await ask(this.http, route.method, path, this.as(headers), body).then(
        (answer) => faultOf(answer, allowed),
        (error: unknown) => `gives no answer: ${String(error)}`,
      );
      if (fault !== null) faults.push(`${route.method} ${path.slice(0, 80)} with ${what} ${fault}`);
    });
    return faults;
  }
}
