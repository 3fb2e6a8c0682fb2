import type { ComponentProps, ReactElement, ReactNode } from 'react';

/**
 * What a person writes to be kept in the log, with its label above and what is wrong with it below;
 * as long as the API takes it.
 */
export const Note = ({
  label,
  value,
  onText,
  children,
  ...own
}: {
  readonly label: string;
  readonly value: string;
  readonly onText: (text: string) => void;
  readonly children?: ReactNode;
} & Omit<ComponentProps<'textarea'>, 'value' | 'onChange' | 'children'>): ReactElement => (
  <label className="col" style={{ gap: 4 }}>
    <span className="sm t2">{label}</span>
    <textarea
      rows={2}
      maxLength={2000}
      value={value}
      onChange={(event) => {
        onText(event.target.value);
      }}
      {...own}
    />
    {children}
  </label>
);
