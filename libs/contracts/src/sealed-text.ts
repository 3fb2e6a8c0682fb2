/** `enc:1:<person_id>:<base64url>`: how a person's text stands where it must be unreadable once they are erased. */
export const sealedForm =
  /^enc:1:([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}):([A-Za-z0-9_-]{80,})$/;

/** The person that a sealed text is of; undefined where the text is not of the sealed form. */
export const sealedBy = (text: string): string | undefined =>
  text.startsWith('enc:') ? sealedForm.exec(text)?.[1] : undefined;
