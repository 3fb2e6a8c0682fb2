import { Modal } from '@mantine/core';
import type { ReactElement, ReactNode } from 'react';

/**
 * A dialog with its name as a heading and no landmark of its own. When it closes, the focus returns
 * to the element that opened it.
 */
export const Dialog = ({
  opened,
  onClose,
  title,
  size = 560,
  children,
}: {
  readonly opened: boolean;
  readonly onClose: () => void;
  readonly title: string;
  readonly size?: number;
  readonly children: ReactNode;
}): ReactElement => (
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
