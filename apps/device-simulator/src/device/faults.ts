import type { CandidateLie } from './lies.js';

/**
 * A fault that a device simulates. `operation` limits it to one RPC such as `commit`, and `times`
 * to a number of occurrences. By default, it lasts until it is cleared.
 */
export type Fault = { readonly operation?: string; readonly times?: number } & (
  | { readonly kind: 'latency'; readonly ms: number }
  | { readonly kind: 'drop_session'; readonly when?: 'before' | 'after' }
  | { readonly kind: 'lock_held'; readonly target: 'running' | 'candidate' }
  | {
      readonly kind: 'rpc_error';
      readonly error_tag: string;
      readonly error_message?: string;
      readonly when?: 'before' | 'after';
    }
  | { readonly kind: 'commit_fails' }
  | { readonly kind: 'commit_noop' }
  | { readonly kind: 'hang_after_hello' }
  | { readonly kind: 'bad_chunks' }
  | { readonly kind: 'kpi_worsens' }
  | { readonly kind: 'lock_blocks_rollback' }
  | { readonly kind: 'library_changed' }
  | { readonly kind: 'false_candidate'; readonly lie: CandidateLie }
);

export type FaultKind = Fault['kind'];

export const faultKinds: readonly FaultKind[] = [
  'latency',
  'drop_session',
  'lock_held',
  'rpc_error',
  'commit_fails',
  'commit_noop',
  'hang_after_hello',
  'bad_chunks',
  'kpi_worsens',
  'lock_blocks_rollback',
  'library_changed',
  'false_candidate',
];

type Armed = { readonly fault: Fault; left: number };

/** The faults that are armed on one device. */
export class Faults {
  #armed: Armed[] = [];

  get list(): readonly Fault[] {
    return this.#armed.map(({ fault }) => fault);
  }

  arm(fault: Fault): void {
    this.#armed.push({ fault, left: fault.times ?? Infinity });
  }

  /** True while a fault of that kind is armed. */
  has(kind: FaultKind): boolean {
    return this.#armed.some(({ fault }) => fault.kind === kind);
  }

  clear(): void {
    this.#armed = [];
  }

  /** Returns the first fault of that kind for the operation and uses it up once. */
  take<K extends FaultKind>(
    kind: K,
    operation?: string,
    test: (fault: Extract<Fault, { kind: K }>) => boolean = () => true,
  ): Extract<Fault, { kind: K }> | undefined {
    for (const armed of this.#armed) {
      const { fault } = armed;
      if (fault.kind !== kind || (fault.operation !== undefined && fault.operation !== operation)) continue;
      const narrowed = fault as Extract<Fault, { kind: K }>;
      if (!test(narrowed)) continue;
      armed.left -= 1;
      if (armed.left <= 0) this.#armed = this.#armed.filter((one) => one !== armed);
      return narrowed;
    }
    return undefined;
  }
}
