/** What one decision came to: what was recorded against what comes out now, or why it could not be made again. */
export type Finding = { readonly kind: string; readonly what: string; readonly recorded: unknown; readonly replayed: unknown } | { readonly kind: string; readonly missing: string };
/** Compares in canonical JSON. */
export const compared = (kind: string, what: string, recorded: unknown, replayed: unknown): Finding => ({ kind, what, recorded: recorded ?? null, replayed: replayed ?? null });
