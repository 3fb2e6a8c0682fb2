/** A text of an address, of 1 to 200 characters; undefined if it is none. Pure. */
export const textOf = (given: unknown): string | undefined =>
  typeof given === 'string' && given !== '' && given.length <= 200 ? given : undefined;

/** The member of an address that is one of the named choices. Pure. */
export const chosenOf = <T extends string>(
  choices: { readonly [C in T]: unknown },
  given: unknown,
): T | undefined => (typeof given === 'string' && Object.hasOwn(choices, given) ? (given as T) : undefined);

/** A time of an address, as RFC 3339 in UTC; undefined if it is none. Pure. */
export const timeOf = (given: unknown): string | undefined =>
  typeof given === 'string' && !Number.isNaN(Date.parse(given)) ? new Date(given).toISOString() : undefined;

/** A time of a `datetime-local` input, which means UTC, as RFC 3339; undefined if there is none. */
export const utcOf = (text: string): string | undefined => {
  const time = Date.parse(`${text}Z`);
  return Number.isNaN(time) ? undefined : new Date(time).toISOString();
};

/** The other way round: the value of a `datetime-local` input. */
export const inputOf = (time: string | undefined): string => (time === undefined ? '' : time.slice(0, 16));
