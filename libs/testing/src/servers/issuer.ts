import { systemTenant, type Scope } from '@interlock/contracts';
import { createDevIssuer, type DevIssuer, type TokenRequest } from '@interlock/platform/dev-issuer';

import { oncePerProcess } from '../once-per-process.js';

export type TestIssuer = DevIssuer & {
  /** `Bearer …` of a person of tenant `demo`, or of the given values. */
  readonly person: (
    scopes: readonly Scope[],
    over?: Partial<TokenRequest>,
  ) => Promise<{ authorization: string }>;
  /** `Bearer …` of a service of tenant `demo`, or of the given values. */
  readonly service: (
    scopes: readonly Scope[],
    over?: Partial<TokenRequest>,
  ) => Promise<{ authorization: string }>;
  /** The answer of the process at this origin to an authorised request for `/metrics`. */
  readonly metricsOf: (origin: string) => Promise<string>;
};

/** An issuer with its key in memory, one for the process. */
export const testIssuer = async (): Promise<TestIssuer> => {
  const issuer = await oncePerProcess('issuer', () => createDevIssuer());
  const bearer = async (request: TokenRequest): Promise<{ authorization: string }> => ({
    authorization: `Bearer ${await issuer.token(request)}`,
  });
  const service: TestIssuer['service'] = (scopes, over = {}) =>
    bearer({ tenant: 'demo', sub: 'optimizer', kind: 'service', scopes, ...over });
  return {
    ...issuer,
    person: (scopes, over = {}) => bearer({ tenant: 'demo', sub: 'anna', kind: 'person', scopes, ...over }),
    service,
    metricsOf: async (origin) => {
      const headers = await service(['METRICS_READ'], { tenant: systemTenant, sub: 'prometheus' });
      return (await fetch(`${origin}/metrics`, { headers })).text();
    },
  };
};
