import type { CSSProperties, ReactElement, ReactNode } from 'react';

const px = (size: number | string): string => (typeof size === 'number' ? `${size}px` : size);

/**
 * The columns of a grid, or of the lines of a list, as CSS writes them; others below 1200 pixels
 * and on a phone, where they are named. The gap, and the padding above and below, in pixels.
 */
export const cols = (
  columns: string,
  {
    narrow = columns,
    phone = narrow,
    gap = 'initial',
    pad = 'initial',
    align = 'initial',
  }: {
    readonly narrow?: string;
    readonly phone?: string;
    readonly gap?: number | string;
    readonly pad?: number | string;
    readonly align?: string;
  } = {},
): CSSProperties =>
  ({
    '--cols': columns,
    '--cols-narrow': narrow,
    '--cols-phone': phone,
    '--gap': px(gap),
    '--pad': px(pad),
    '--align': align,
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
