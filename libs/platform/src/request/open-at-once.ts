import { ProblemError } from '@interlock/kernel';
import { callerKey, type Caller } from './principal.js';

export type OpenLimits = {
  /** The name of the counted things, in the plural: `streams`. */
  readonly what: string;
  readonly perTenant: number;
  /**
   * The limit per principal. It is below `perTenant`, so that one token never takes its tenant's
   * whole share.
   */
  readonly perPrincipal: number;
};

/** Counts open connections by tenant and by principal, and refuses more than the limits. */
export class OpenAtOnce {
  readonly #counts = new Map<string, number>();

  constructor(private readonly limits: OpenLimits) {}

  /**
   * Counts one connection for the tenant and the caller; the caller is undefined on public routes.
   * The returned function releases it, once. Throws `rate-limited`.
   */
  enter(tenant: string, caller: Pick<Caller, 'kind' | 'tenants' | 'subject'> | undefined): () => void {
    const { what, perTenant, perPrincipal } = this.limits;
    const ofTenant = `tenant:${tenant}`;
    const ofCaller = caller === undefined ? undefined : `caller:${callerKey(caller)}`;
    if (ofCaller !== undefined) this.#refuse(ofCaller, perPrincipal, `you have ${perPrincipal} ${what} open`);
    this.#refuse(ofTenant, perTenant, `the tenant has ${perTenant} ${what} open`);
    const keys = ofCaller === undefined ? [ofTenant] : [ofTenant, ofCaller];
    for (const key of keys) this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
    return () => {
      for (const key of keys.splice(0)) {
        const left = (this.#counts.get(key) ?? 1) - 1;
        if (left === 0) this.#counts.delete(key);
        else this.#counts.set(key, left);
      }
    };
  }

  #refuse(key: string, limit: number, detail: string): void {
    if ((this.#counts.get(key) ?? 0) >= limit)
      throw new ProblemError('rate-limited', `${detail}, which is as many as may be`, {
        remedy: 'close one of them, or wait for one to end',
      });
  }
}
