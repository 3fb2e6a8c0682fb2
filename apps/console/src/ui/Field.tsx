import { TextInput, type TextInputProps } from '@mantine/core';
import type { ReactElement } from 'react';

/** A line of text to fill in, which hands over what was typed. */
export const Field = ({
  onText,
  ...shown
}: Omit<TextInputProps, 'onChange'> & { readonly onText: (text: string) => void }): ReactElement => (
  <TextInput
    {...shown}
    onChange={(event) => {
      onText(event.target.value);
    }}
  />
);
