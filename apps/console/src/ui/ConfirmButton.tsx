import { useState, type ComponentProps, type ReactElement, type ReactNode } from 'react';
import { ActionButton } from './parts.js';

type ConfirmButtonProps = ComponentProps<typeof ActionButton> & {
  /** The text after the first press. */
  readonly confirm: ReactNode;
  /** The label for screen readers after the first press. */
  readonly confirmLabel?: string;
};
/** A button that asks once more: the first press only changes its text, the second one acts. */
export const ConfirmButton = (props: ConfirmButtonProps): ReactElement => {
  const { confirm, confirmLabel, label, children, onAct, ...look } = props;
  const [sure, setSure] = useState(false);
  return (
    <ActionButton
      {...look}
      label={sure ? (confirmLabel ?? label) : label}
      onAct={() => {
        if (sure) onAct();
        setSure(!sure);
      }}
    >
      {sure ? confirm : children}
    </ActionButton>
  );
};
