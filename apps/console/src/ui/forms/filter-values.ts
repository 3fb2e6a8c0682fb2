/** Returns a text of an address if it has 1 to 200 characters; undefined otherwise. Pure. */
export const textOf = (given: unknown): string | undefined =>
  typeof given === 'string' && given !== '' && given.length <= 200 ? given : undefined;

/** Returns the member of an address if it is one of the choices; undefined otherwise. Pure. */
export const chosenOf = <T extends string>(
  choices: { readonly [C in T]: unknown },
  given: unknown,
): T | undefined => (typeof given === 'string' && Object.hasOwn(choices, given) ? (given as T) : undefined);

/** Returns the member of an address if it is one of the values; undefined otherwise. Pure. */
export const oneOf = <T extends string>(values: readonly T[], given: unknown): T | undefined =>
  values.find((value) => value === given);

/** Returns a time of an address as RFC 3339 in UTC; undefined if it is invalid. Pure. */
export const timeOf = (given: unknown): string | undefined =>
  typeof given === 'string' && !Number.isNaN(Date.parse(given)) ? new Date(given).toISOString() : undefined;

/**
 * Converts the value of a `datetime-local` input, which means UTC, to RFC 3339; undefined if it is
 * invalid.
 */
export const utcOf = (text: string): string | undefined => {
  const time = Date.parse(`${text}Z`);
  return Number.isNaN(time) ? undefined : new Date(time).toISOString();
};

/** Converts an RFC 3339 time to the value of a `datetime-local` input. */
export const inputOf = (time: string | undefined): string => (time === undefined ? '' : time.slice(0, 16));
