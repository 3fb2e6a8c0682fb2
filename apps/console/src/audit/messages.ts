/**
 * What the page asks of the worker: which log to read, and the key that it is to be signed with.
 */
export type VerifyAsked = {
  /** A stream, or undefined for the whole log of the tenant. */
  readonly stream: string | undefined;
  readonly tenant: string | undefined;
  /** The log's public key as the person knows it: text as `1.vkey` has it. */
  readonly key: string;
};

export type StepName = 'read' | 'tree' | 'checkpoint' | 'proof' | 'replay';
export type Step = {
  readonly name: StepName;
  readonly state: 'running' | 'good' | 'bad' | 'open';
  /** What was looked at and what came of it, in whole sentences. */
  readonly says: readonly string[];
};

/**
 * What the worker tells while it works: each step as often as it changes, and at last the bytes
 * that it read.
 */
export type VerifyProgress =
  | { readonly kind: 'step'; readonly step: Step }
  | { readonly kind: 'done'; readonly bytes: ArrayBuffer }
  | { readonly kind: 'failed'; readonly title: string; readonly detail: string };
