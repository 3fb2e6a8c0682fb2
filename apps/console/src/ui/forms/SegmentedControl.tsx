import { Button } from '@mantine/core';
import type { ReactElement } from 'react';
import { Tooltip } from '../Tooltip.js';

/** A choice among a few buttons, of which the selected one is marked. */
export const SegmentedControl = <T extends string>({
  label,
  value,
  choices,
  onChoose,
  off,
  grow = false,
  className,
}: {
  readonly label: string;
  readonly value: T;
  /** The values, each with its text. */
  readonly choices: { readonly [Value in T]: string };
  readonly onChoose: (value: T) => void;
  /** Why nothing can be selected now; undefined if something can. */
  readonly off?: string | undefined;
  /** True if it takes the whole width. */
  readonly grow?: boolean;
  readonly className?: string;
}): ReactElement => (
  <Button.Group aria-label={label} {...(className === undefined ? {} : { className })}>
    {(Object.entries(choices) as [T, string][]).map(([name, words]) => (
      <Tooltip key={name} label={off}>
        <Button
          size="seg"
          variant={name === value ? 'chosen' : 'choice'}
          aria-pressed={name === value}
          aria-disabled={off === undefined ? undefined : true}
          {...(grow ? { px: 4, style: { flex: 1 } } : {})}
          onClick={() => {
            if (off === undefined) onChoose(name);
          }}
        >
          {words}
        </Button>
      </Tooltip>
    ))}
  </Button.Group>
);
