/**
 * An error's text. Errors of `node:sqlite` may come from another realm, where `instanceof Error` is
 * false.
 */
export function messageOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'message' in error
    ? String(error.message)
    : String(error);
}
