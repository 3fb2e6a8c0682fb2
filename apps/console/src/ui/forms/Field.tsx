import { TextInput, type TextInputProps } from '@mantine/core';
import type { ReactElement } from 'react';

/** A text input that passes on the typed text. */
export const Field = ({
  onText,
  ...shown
}: Omit<TextInputProps, 'onChange'> & { readonly onText: (text: string) => void }): ReactElement => (
  <TextInput {...shown} onChange={(event) => onText(event.target.value)} />
);
