/** An entry of the palette: its name, its kind, and further words that match it. */
export type Offer = {
  readonly id: string;
  readonly group: 'Pages' | 'Commands' | 'Actions' | 'Devices' | 'Policies' | 'Rules';
  readonly label: string;
  readonly hint: string;
  readonly words?: string;
};

const uuid = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/i;

/** Returns the id in a pasted text; undefined if it has none. Pure. */
export const pastedId = (text: string): string | undefined => uuid.exec(text)?.[0].toLowerCase();

/**
 * Returns how well an entry matches: 0 if its name starts with the first word, 1 if a word of the
 * name does, 2 otherwise. Returns undefined if the entry does not contain all words.
 */
const rankOf = ({ label, hint, words = '' }: Offer, asked: readonly string[]): number | undefined => {
  const name = label.toLowerCase();
  const all = `${name} ${hint.toLowerCase()} ${words.toLowerCase()}`;
  if (!asked.every((word) => all.includes(word))) return undefined;
  const first = asked[0] ?? '';
  if (name.startsWith(first)) return 0;
  return name.split(/[\s:_./-]+/).some((part) => part.startsWith(first)) ? 1 : 2;
};

/**
 * Returns the entries that match the text, the best first. Equal matches keep their order. Pure.
 */
export const matching = (offers: readonly Offer[], text: string, most = 24): readonly Offer[] => {
  const asked = text
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  return offers
    .flatMap((offer, at) => {
      const rank = rankOf(offer, asked);
      return rank === undefined ? [] : [{ offer, rank, at }];
    })
    .sort((a, b) => a.rank - b.rank || a.at - b.at)
    .slice(0, most)
    .map(({ offer }) => offer);
};
