import { Button } from '@mantine/core';
import type { ComponentProps, ReactElement } from 'react';
import { cx } from '../ui/cx.js';
import css from './studio.module.css';

/** A row of a list that is one large button. */
export const RowButton = ({
  chosen = false,
  ...own
}: { readonly chosen?: boolean } & ComponentProps<typeof Button<'button'>>): ReactElement => (
  <Button
    variant="cell"
    className={cx(css['row'], chosen && 'sel')}
    classNames={{ inner: css['inside'] ?? '', label: css['inside'] ?? '' }}
    {...own}
  />
);
