/**
 * The form of a sealed text, which becomes unreadable when its author is erased:
 * `enc:1:<person_id>:<base64url>`.
 */
export const sealedForm =
  /^enc:1:([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}):([A-Za-z0-9_-]{80,})$/;

/** Returns the person who wrote a sealed text; undefined if the text is not in the sealed form. */
export const sealedBy = (text: string): string | undefined =>
  text.startsWith('enc:') ? sealedForm.exec(text)?.[1] : undefined;
