/** The largest number of rows in an export. */
const mostRows = 5000;

/** Reads the items of a list page by page. It stops after the page that reaches `most`. */
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
