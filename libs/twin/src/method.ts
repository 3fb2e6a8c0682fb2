import type { JsonObject } from '@interlock/contracts';

/**
 * How traces make a prediction. `nearest`: the nearest 25 with intervals from past errors, from 50
 * traces on, and the nearest three before. `top_three`: always the nearest three.
 */
export const twinMethods = ['nearest', 'top_three'] as const;
export type TwinMethod = (typeof twinMethods)[number];

/** The method that a prediction names in its `input`; it names `top_three` alone. */
export const methodIn = ({ input }: { readonly input: JsonObject }): TwinMethod =>
  input['method'] === 'top_three' ? 'top_three' : 'nearest';
