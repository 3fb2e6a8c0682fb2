import { Button } from '@mantine/core';
import type { ReactElement } from 'react';
import { copyLink } from './copy.js';

export const CopyLink = (): ReactElement => (
  <Button className="hide-m" size="sm" onClick={copyLink}>
    Copy link
  </Button>
);
