import type { Violation } from '@interlock/contracts';

const secretReference = /^(env:[A-Za-z_][A-Za-z0-9_]*|file:\/?[^\p{C}]+)$/u;

/**
 * The faults of a reference to a secret; none if its form is valid, whether the secret exists or
 * not.
 */
export const referenceFaults = (reference: string, pointer: string): readonly Violation[] =>
  secretReference.test(reference)
    ? []
    : [{ pointer, detail: 'must be `env:NAME` or `file:PATH`, never the secret itself' }];
