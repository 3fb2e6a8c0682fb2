/**
 * The request from the page to the worker: the log to verify, and the key that must have signed it.
 */
export type VerifyAsked = {
  /** The stream to verify; undefined means the whole log of the tenant. */
  readonly stream: string | undefined;
  readonly tenant: string | undefined;
  /** The log's public key as the user knows it, in the text format of `1.vkey`. */
  readonly key: string;
};

export type StepName = 'read' | 'tree' | 'checkpoint' | 'proof' | 'replay';
export type Step = {
  readonly name: StepName;
  readonly state: 'running' | 'good' | 'bad' | 'open';
  /** The checks of this step and their results, in whole sentences. */
  readonly says: readonly string[];
};

/**
 * The progress messages of the worker. It sends each step whenever it changes, and finally the
 * bytes that it read.
 */
export type VerifyProgress =
  | { readonly kind: 'step'; readonly step: Step }
  | { readonly kind: 'done'; readonly bytes: ArrayBuffer }
  | { readonly kind: 'failed'; readonly title: string; readonly detail: string };
