import { TextInput, type TextInputProps } from '@mantine/core';
import type { ReactElement } from 'react';

export type FieldProps = Omit<TextInputProps, 'onChange'> & { readonly onText: (text: string) => void };
/** A text input that passes on the typed text. */
export const Field = ({ onText, ...shown }: FieldProps): ReactElement => (
  <TextInput {...shown} onChange={(event) => onText(event.target.value)} />
);
