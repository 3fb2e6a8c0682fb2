import type { ReactElement, ReactNode } from 'react';

type TableProps = {
  readonly name: string;
  /** The cells of the header row. */
  readonly head: ReactNode;
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
        <tr>{head}</tr>
      </thead>
      <tbody>{children}</tbody>
    </table>
  </div>
);
