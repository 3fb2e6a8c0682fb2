export type Line = {
  readonly position: string;
  readonly revision: string;
  readonly type: string;
  readonly at: string;
  readonly data: unknown;
};

const member = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? Reflect.get(value, name)
    : undefined;

/**
 * Parses an NDJSON answer into lines with the columns of the table. Lines that are not events are
 * left out.
 */
export const readLines = (text: string): readonly Line[] =>
  text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .flatMap((line): Line[] => {
      const event: unknown = JSON.parse(line);
      const type = member(event, 'type');
      if (typeof type !== 'string') return [];
      const at = member(member(event, 'metadata'), 'occurred_at') ?? member(event, 'created');
      const position = member(event, 'position');
      const commit = member(position, 'commit') ?? position;
      return [
        {
          type,
          position: String(commit ?? ''),
          revision: String(member(event, 'revision') ?? ''),
          at: typeof at === 'string' ? at : '',
          data: member(event, 'data'),
        },
      ];
    });
