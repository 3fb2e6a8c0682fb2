import { useState, type ReactElement } from 'react';
import { faultAt } from './faults.js';
import { Field, type FieldProps } from './Field.js';

type Shown = Omit<FieldProps, 'label' | 'value' | 'error' | 'onText'> & {
  /** Where a refusal names the text; by default the member of the body that has its name. */
  readonly at?: string;
};

/**
 * The named texts of a form. `texts` holds them without the space around them. `field` returns the
 * input of a text, with the fault that a refused request found in it. `fill` sets some texts.
 */
export const useFields = <const N extends string>(
  names: readonly N[],
  refusal: unknown,
  initial: { readonly [Name in N]?: string } = {},
) => {
  const [written, setWritten] = useState(initial);
  const texts = Object.fromEntries(names.map((name) => [name, (written[name] ?? '').trim()])) as {
    readonly [Name in N]: string;
  };
  const fill = (some: { readonly [Name in N]?: string }): void => setWritten((old) => ({ ...old, ...some }));
  const field = (name: N, label: string, { at = `/${name}`, ...shown }: Shown = {}): ReactElement => (
    <Field
      key={name}
      label={label}
      className="mono"
      value={written[name] ?? ''}
      maxLength={2048}
      error={faultAt(refusal, at)}
      onText={(text) => fill({ [name]: text } as { readonly [Name in N]?: string })}
      {...shown}
    />
  );
  return { texts, field, fill };
};
