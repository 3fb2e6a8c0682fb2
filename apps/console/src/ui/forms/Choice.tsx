import { NativeSelect, type NativeSelectProps } from '@mantine/core';
import type { ReactElement } from 'react';

type ChoiceProps<T extends string> = Omit<NativeSelectProps, 'data' | 'value' | 'onChange'> & {
  readonly value: T;
  /** The values in their order, each with its text unless the value itself is shown. */
  readonly choices:
    readonly (T | { readonly value: T; readonly label: string })[] | { readonly [Value in T]: string };
  readonly onChoose: (value: T) => void;
};
/** A choice among the values of a list. */
export const Choice = <T extends string>({ choices, onChoose, ...shown }: ChoiceProps<T>): ReactElement => (
  <NativeSelect
    {...shown}
    data={
      choices instanceof Array
        ? [...choices]
        : Object.entries<string>(choices).map(([value, label]) => ({ value, label }))
    }
    onChange={(event) => onChoose(event.target.value as T)}
  />
);
