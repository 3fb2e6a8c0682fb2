import { notify } from '../state/notifications.js';

/** Copies text, and notifies the user. `name` begins the sentence: `Link copied.` */
export const copy = (text: string, name: string): void => {
  // Without TLS, browsers offer no clipboard outside of this machine.
  const clipboard: Clipboard | undefined = navigator.clipboard;
  Promise.resolve(clipboard?.writeText(text) ?? Promise.reject(new Error('no clipboard'))).then(
    () => notify(`${name} copied.`),
    () => notify(`The browser did not allow to copy. ${name}: ${text}`),
  );
};

/** Copies the address of the page, which opens the same for a colleague. */
export const copyLink = (): void => copy(location.href, 'Link');
