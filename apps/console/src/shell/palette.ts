/** What the palette offers: a name, what kind of thing it is, words that find it too. */
export type Offer = {
  readonly id: string;
  readonly group: 'Pages' | 'Commands' | 'Actions' | 'Devices' | 'Policies' | 'Rules';
  readonly label: string;
  readonly hint: string;
  readonly words?: string;
};

const uuid = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/i;

/**
 * The id that somebody pasted, with whatever stands around it; undefined where there is none. Pure.
 */
export const pastedId = (text: string): string | undefined => uuid.exec(text)?.[0].toLowerCase();

/**
 * How well an offer matches: 0 its name begins so, 1 a word of it does, 2 it holds all the words;
 * undefined where it does not.
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
 * The offers that match what was written, the best first, each kind in the order in which it was
 * offered. Pure.
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
