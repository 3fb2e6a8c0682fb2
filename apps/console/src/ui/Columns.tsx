import type { CSSProperties, ReactElement, ReactNode } from 'react';

/**
 * The columns of the lines of a list, or of a row of figures, as CSS writes them; the gap and the
 * padding above and below in pixels.
 */
export const cols = (
  columns: string,
  { gap, pad, align }: { readonly gap?: number; readonly pad?: number; readonly align?: 'start' } = {},
): CSSProperties =>
  ({
    '--cols': columns,
    ...(gap === undefined ? {} : { '--gap': `${gap}px` }),
    ...(pad === undefined ? {} : { '--pad': `${pad}px` }),
    ...(align === undefined ? {} : { '--align': align }),
  }) as CSSProperties;

/**
 * Two columns of cards, the second of a fixed width, which follow each other where the window is
 * narrow. On a phone their cards stand in one column, in the order that the classes `o1` to `o8`
 * give them.
 */
export const Columns = ({
  side = 436,
  left = false,
  wide = false,
  sticky = false,
  children,
}: {
  /** The width of the side column in pixels. */
  readonly side?: number;
  /** The side column is the first one. */
  readonly left?: boolean;
  /** The main column needs so much room that the columns part below 1340 pixels already. */
  readonly wide?: boolean;
  /** The last column stays in the window. */
  readonly sticky?: boolean;
  readonly children: ReactNode;
}): ReactElement => (
  <div
    className="cols"
    data-wide={wide || undefined}
    data-sticky={sticky || undefined}
    style={{ '--columns': left ? `${side}px minmax(0, 1fr)` : `minmax(0, 1fr) ${side}px` } as CSSProperties}
  >
    {children}
  </div>
);
