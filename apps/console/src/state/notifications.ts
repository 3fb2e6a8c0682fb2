import { createStore } from './store.js';

/** The result of an action, in a sentence. */
export type Notification = { readonly id: number; readonly text: string };

/** The notifications that are shown, the newest last. */
export const notifications = createStore<readonly Notification[]>([]);
const most = 3;
let made = 0;

/** Shows the result of an action on every page. Screen readers announce it. */
export const notify = (text: string): void => {
  made += 1;
  notifications.set([...notifications.get(), { id: made, text }].slice(-most));
};

export const dismiss = (id: number): void =>
  notifications.set(notifications.get().filter((one) => one.id !== id));
