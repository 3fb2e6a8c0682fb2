/** Lists are exported up to this many rows, in the order of the list. */
const mostRows = 5000;

/** The items of a list over its pages, from the first one or after `next`, up to a bound. */
export const itemsOfPages = async <T>(
  ask: (
    cursor: string | undefined,
  ) => Promise<{ readonly items: readonly T[]; readonly next?: string | null | undefined }>,
  most = mostRows,
): Promise<readonly T[]> => {
  const items: T[] = [];
  let cursor: string | undefined;
  do {
    const page = await ask(cursor);
    items.push(...page.items);
    cursor = page.next ?? undefined;
  } while (cursor !== undefined && items.length < most);
  return items;
};
