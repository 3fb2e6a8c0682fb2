import { Modal } from '@mantine/core';
import { useLayoutEffect, useRef, type ReactElement, type ReactNode } from 'react';

type DialogProps = {
  readonly opened: boolean;
  readonly onClose: () => void;
  readonly title: string;
  readonly size?: number;
  readonly children: ReactNode;
};
/**
 * A dialog with its name as a heading and no landmark of its own. When it closes, the focus returns
 * to the element that opened it.
 */
export const Dialog = ({ opened, onClose, title, size = 560, children }: DialogProps): ReactElement => {
  // Modal returns the focus when `opened` ends, but not when it is unmounted while it is open.
  const opener = useRef<Element | null>(null);
  useLayoutEffect(() => {
    opener.current = opened ? document.activeElement : null;
  }, [opened]);
  useLayoutEffect(
    () => () => {
      if (opener.current instanceof HTMLElement) opener.current.focus({ preventScroll: true });
    },
    [],
  );
  return (
    <Modal.Root opened={opened} onClose={onClose} size={size}>
      <Modal.Overlay />
      <Modal.Content>
        <div className="dlg-head row">
          <Modal.Title>{title}</Modal.Title>
          <Modal.CloseButton className="ml" aria-label="Close" />
        </div>
        <Modal.Body>{children}</Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
};
