import { Button } from '@mantine/core';
import type { ReactElement } from 'react';
import { copy } from './copy.js';
import { Icon } from './glyphs.js';
import { Tooltip } from './Tooltip.js';

/** A button that copies a digest. Its tooltip shows the whole digest. */
export const CopyDigest = ({ digest }: { readonly digest: string }): ReactElement => (
  <Tooltip label={`Copy ${digest}`}>
    <Button
      className="ml"
      variant="subtle"
      size="sm"
      aria-label="Copy the digest"
      onClick={() => copy(digest, 'Digest')}
    >
      <Icon name="copy" size={14} />
    </Button>
  </Tooltip>
);
