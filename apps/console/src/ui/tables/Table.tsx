import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactElement, ReactNode } from 'react';
import { Empty, Loaded } from '../parts.js';

/** The header of a column: its text, or its text with the class of the header cell. */
export type Heading =
  | string
  | {
      readonly text: ReactNode;
      readonly className?: string;
      /** True if only screen readers announce the text, as over a column of buttons. */
      readonly hidden?: true;
    };

/** The header of a column of numbers, which are aligned to the right. */
export const num = (text: ReactNode): Heading => ({ text, className: 'num' });
/** A header that only screen readers announce. */
export const unseen = (text: string): Heading => ({ text, hidden: true });

const HeadCell = ({ heading }: { readonly heading: Heading }): ReactElement => {
  if (typeof heading === 'string') return <th>{heading}</th>;
  const { text, className, hidden } = heading;
  return <th className={className}>{hidden === true ? <span className="vh">{text}</span> : text}</th>;
};

type TableProps = {
  readonly name: string;
  readonly head: readonly Heading[];
  readonly children: ReactNode;
  readonly className?: string | undefined;
};
/**
 * A table that scrolls sideways if it does not fit, also by keyboard. Screen readers announce its
 * name.
 */
export const Table = ({ name, head, children, className }: TableProps): ReactElement => (
  <div className="scroll" tabIndex={0} role="region" aria-label={`${name}, table`}>
    <table className={className}>
      <thead>
        <tr>
          {head.map((heading, i) => (
            <HeadCell key={i} heading={heading} />
          ))}
        </tr>
      </thead>
      <tbody>{children}</tbody>
    </table>
  </div>
);

/** A table with one row for each item of a query's answer, or a sentence if there are no items. */
export const LoadedTable = <Item,>({
  query,
  rows,
  what,
  none,
  hint,
  children,
  ...table
}: Omit<TableProps, 'children'> & {
  readonly query: UseQueryResult<{ readonly items: readonly Item[] }>;
  /** The number of lines to expect while it loads. */
  readonly rows?: number;
  /** The items, as the message about a failure names them. */
  readonly what: string;
  /** Says that there are no items, and how they come about. */
  readonly none: string;
  readonly hint: ReactNode;
  readonly children: (item: Item, index: number) => ReactElement;
}): ReactElement => (
  <Loaded query={query} what={what} {...(rows === undefined ? {} : { rows })}>
    {({ items }) =>
      items.length === 0 ? (
        <Empty>
          <b>{none}</b> {hint}
        </Empty>
      ) : (
        <Table {...table}>{items.map(children)}</Table>
      )
    }
  </Loaded>
);
