/**
 * The people of a tenant who have signed in, and those among them whom the installation invited.
 */
export type SignedIn = { readonly people: readonly string[]; readonly founders: readonly string[] };

export const noneSignedIn: SignedIn = { people: [], founders: [] };

const withName = (names: readonly string[], name: string): readonly string[] =>
  names.includes(name) ? names : [...names, name];

const isByInstallation = (data: unknown): boolean =>
  typeof data === 'object' && data !== null && Reflect.get(data, 'made_by') === 'installation';

/** Adds an event of a person's stream. A person who has signed in once stays in the list. */
export const withSignIn = (
  known: SignedIn,
  personId: string,
  { type, data }: { readonly type: string; readonly data: unknown },
): SignedIn => {
  if (type === 'SessionStarted') return { ...known, people: withName(known.people, personId) };
  return type === 'InvitationUsed' && isByInstallation(data)
    ? { ...known, founders: withName(known.founders, personId) }
    : known;
};

/**
 * True while a founder is the only person who has signed in. A tenant in which nobody has signed in
 * gains nothing by this.
 */
export const isFounderAlone = ({ people, founders }: SignedIn): boolean =>
  people.length === 1 && people.every((person) => founders.includes(person));
