import { Tooltip as MantineTooltip, type FloatingPosition } from '@mantine/core';
import { cloneElement, type ReactElement, type ReactNode } from 'react';

type Target = { readonly 'aria-label'?: string | undefined; readonly 'aria-description'?: string };

type TooltipProps = {
  readonly label: string | null | undefined;
  readonly position?: FloatingPosition;
  readonly children: ReactElement<Target>;
};
/**
 * The tooltip of an element that takes the focus. It opens on hover, focus and touch, and Escape
 * closes it. Screen readers announce it as the element's description. Without a label, only the
 * element is shown.
 */
export const Tooltip = ({ label, position = 'top', children }: TooltipProps): ReactElement => {
  const isEmpty = label === undefined || label === null || label === '';
  // A description that repeats the name would be announced twice.
  const isName = children.props['aria-label'] === label;
  return (
    <MantineTooltip label={label} disabled={isEmpty} position={position}>
      {isEmpty || isName ? children : cloneElement(children, { 'aria-description': label })}
    </MantineTooltip>
  );
};

type HintProps = {
  readonly label: string | null | undefined;
  readonly className?: string;
  readonly children: ReactNode;
};
/** Text or a chip that takes the focus, so that the keyboard reaches its tooltip. */
export const Hint = ({ label, className, children }: HintProps): ReactElement =>
  label === undefined || label === null ? (
    <span className={className}>{children}</span>
  ) : (
    <Tooltip label={label}>
      <span className={className} tabIndex={0}>
        {children}
      </span>
    </Tooltip>
  );
