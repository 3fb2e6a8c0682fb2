import { Autocomplete, type AutocompleteProps } from '@mantine/core';
import type { ReactElement } from 'react';

export type SuggestedProps = Omit<AutocompleteProps, 'data'>;

/**
 * A text input that suggests known values. Arrow keys choose one, and any other text is possible.
 */
export const Suggested = ({
  known,
  ...input
}: SuggestedProps & { readonly known: readonly string[] }): ReactElement => (
  <Autocomplete limit={50} maxDropdownHeight={260} spellCheck={false} data={[...new Set(known)]} {...input} />
);
