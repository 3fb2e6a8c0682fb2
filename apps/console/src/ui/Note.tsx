import { Textarea } from '@mantine/core';
import type { ComponentProps, ReactElement } from 'react';

/**
 * What a person writes to be kept in the log, with its label above and what is wrong with it below;
 * as long as the API takes it.
 */
export const Note = ({
  onText,
  ...own
}: {
  readonly label: string;
  readonly value: string;
  readonly onText: (text: string) => void;
} & Omit<ComponentProps<typeof Textarea>, 'label' | 'value' | 'onChange'>): ReactElement => (
  <Textarea
    rows={2}
    maxLength={2000}
    errorProps={{ role: 'alert' }}
    styles={{ label: { marginBottom: 4 } }}
    onChange={(event) => {
      onText(event.target.value);
    }}
    {...own}
  />
);
