import { createStore } from '../state/store.js';

/** The dialog of the shell that is open. Pages open the stop dialog by it. */
export const shellDialog = createStore<'stop' | 'keys' | 'find' | undefined>(undefined);
export const openStop = (): void => shellDialog.set('stop');
