import type { Schema } from '@interlock/api-types';
import { numberText } from '../../format.js';

export type Threshold = Schema<'AdaptiveThresholdDto'>;
export const risks = ['LOW', 'MEDIUM', 'HIGH'] as const;

/** Returns the configured threshold plus a shift, clamped to 0 to 1. */
export const atShift = (configured: number, shift: number): number =>
  Math.round(Math.min(Math.max(configured + shift, 0), 1) * 1e6) / 1e6;

/** Returns a shift with its sign: `+0.02`, `−0.01`, `0`. */
export const shiftText = (shift: number): string => `${shift > 0 ? '+' : ''}${numberText(shift, 3)}`;

/**
 * Describes the change that a signature makes: `LOW 0.7 → 0.68, MEDIUM 0.85 → 0.83`. Risks without
 * a change are left out. HIGH never acts by itself.
 */
export const moveText = (
  { configured, effective }: Pick<Threshold, 'configured' | 'effective'>,
  to: number,
): string =>
  risks
    .flatMap((risk) => {
      const after = atShift(configured[risk], to);
      return after === effective[risk]
        ? []
        : [`${risk} ${numberText(effective[risk], 3)} → ${numberText(after, 3)}`];
    })
    .join(', ');

/**
 * Parses a target share that a person wrote in percent, from 50 to 100. Returns it as a fraction,
 * which the API uses; undefined if the text is invalid.
 */
export const targetIn = (text: string): number | undefined => {
  const percent = /^\d{2,3}(?:\.\d{1,2})?$/.test(text.trim()) ? Number(text) : Number.NaN;
  return percent >= 50 && percent <= 100 ? Math.round(percent * 100) / 10_000 : undefined;
};
