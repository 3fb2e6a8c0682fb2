import { Textarea } from '@mantine/core';
import type { ComponentProps, ReactElement } from 'react';

/**
 * A text for the log, with its label above and its fault below. Its length is limited to that of
 * the API.
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
    onChange={(event) => onText(event.target.value)}
    {...own}
  />
);
