import { Button } from '@mantine/core';
import type { ReactElement } from 'react';

const framesAtMost = 300;

/**
 * Opens what is folded, waits until all of it was read, and prints; afterwards it is folded as it
 * was.
 */
const printAll = (): void => {
  const folded = [...document.querySelectorAll<HTMLDetailsElement>('main details:not([open])')];
  for (const one of folded) one.open = true;
  let frames = 0;
  const look = (): void => {
    frames += 1;
    if (frames < framesAtMost && (frames < 3 || document.querySelector('main .sk') !== null)) {
      requestAnimationFrame(look);
      return;
    }
    print();
    for (const one of folded) one.open = false;
  };
  requestAnimationFrame(look);
};

/** Prints what the page shows as a dossier, with everything that is folded. */
export const Dossier = (): ReactElement => (
  <Button className="hide-m" size="sm" onClick={printAll}>
    Print the dossier
  </Button>
);
