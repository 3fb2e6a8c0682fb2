import type { CSSProperties, ReactElement, ReactNode } from 'react';

const px = (size: number | string): string => (typeof size === 'number' ? `${size}px` : size);

/**
 * Returns the style of a grid or of the lines of a list. `columns` is CSS; `narrow` applies below
 * 1200 pixels and `phone` on a phone. `gap` and the vertical padding `pad` are in pixels.
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
 * Two columns of cards, the second with a fixed width. In a narrow window they follow each other.
 * On a phone all cards form one column, ordered by the classes `o1` to `o8`.
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
  /** True if the side column comes first. */
  readonly left?: boolean;
  /** True if the main column is so wide that the columns separate below 1340 pixels. */
  readonly wide?: boolean;
  /** True if the last column stays in view while the page scrolls. */
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
