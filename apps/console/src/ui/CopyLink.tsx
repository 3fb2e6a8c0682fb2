import { Button } from '@mantine/core';
import { useState, type ReactElement } from 'react';

/** Copies the address of the page, which opens the same for a colleague. */
export const CopyLink = (): ReactElement => {
  const [copied, setCopied] = useState(false);
  return (
    <Button
      className="hide-m"
      size="sm"
      onClick={() => {
        void navigator.clipboard.writeText(location.href).then(() => {
          setCopied(true);
        });
      }}
    >
      {copied ? 'Link copied' : 'Copy link'}
    </Button>
  );
};
