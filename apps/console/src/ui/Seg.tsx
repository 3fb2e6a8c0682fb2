import type { ReactElement } from 'react';

/** A choice of a few, each a button that says whether it is the one. */
export const Seg = <T extends string>({
  label,
  value,
  choices,
  onChoose,
}: {
  readonly label: string;
  readonly value: T;
  readonly choices: readonly (readonly [T, string])[];
  readonly onChoose: (value: T) => void;
}): ReactElement => (
  <div className="seg" role="group" aria-label={label}>
    {choices.map(([name, words]) => (
      <button
        key={name}
        type="button"
        aria-pressed={name === value}
        onClick={() => {
          onChoose(name);
        }}
      >
        {words}
      </button>
    ))}
  </div>
);
