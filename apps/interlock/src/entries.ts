/**
 * True in the bundle, where the other apps' entries are beside this file. Otherwise each app has
 * its own in its build.
 */
const bundled = /\/run\/[^/]+$/.test(import.meta.url);

/**
 * Loads another app by its built entry. Apps do not import one another, so that a process has every
 * module only once.
 */
export const entryOf = async <T>(app: string): Promise<T> => {
  const entry = new URL(bundled ? `./${app}.js` : `../../${app}/dist/main.js`, import.meta.url);
  return (await import(entry.href)) as T;
};
