import { Button } from '@mantine/core';
import type { ReactElement } from 'react';

const framesAtMost = 300;

/**
 * Opens all folded parts, waits until everything has loaded, and prints. Afterwards it folds the
 * parts again.
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

/** A button that prints the page as a dossier, including all folded parts. */
export const Dossier = (): ReactElement => (
  <Button className="hide-m" size="sm" onClick={printAll}>
    Print the dossier
  </Button>
);
