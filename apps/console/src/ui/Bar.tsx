import { Progress } from '@mantine/core';
import type { ReactElement } from 'react';

/** A share as a bar. It says nothing to a screen reader, unless it has a name. */
export const Bar = ({
  share,
  color = 'var(--accent)',
  size = 6,
  width,
  label,
}: {
  /** In percent. */
  readonly share: number;
  readonly color?: string;
  /** Its height in pixels. */
  readonly size?: number;
  /** Its width in pixels; without it, the bar takes what there is. */
  readonly width?: number;
  readonly label?: string;
}): ReactElement => (
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
