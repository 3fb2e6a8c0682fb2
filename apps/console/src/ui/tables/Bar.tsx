import { Progress } from '@mantine/core';
import type { ReactElement } from 'react';

type BarProps = {
  /** In percent. */
  readonly share: number;
  readonly color?: string;
  /** Its height in pixels. */
  readonly size?: number;
  /** The width of the bar in pixels; by default it takes the available width. */
  readonly width?: number;
  readonly label?: string;
};
/** A share as a bar. Screen readers skip it unless it has a label. */
export const Bar = ({ share, color = 'var(--accent)', size = 6, width, label }: BarProps): ReactElement => (
  <Progress.Root
    size={size}
    bg="var(--line)"
    {...(width === undefined ? { flex: 1 } : { w: width })}
    {...(label === undefined ? { 'aria-hidden': true } : {})}
  >
    <Progress.Section
      value={Math.min(100, Math.max(0, share))}
      color={color}
      {...(label === undefined ? { withAria: false } : { 'aria-label': label })}
    />
  </Progress.Root>
);
