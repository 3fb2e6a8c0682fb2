/**
 * In the bundle, the other apps' entries lie beside this file; otherwise each app has its own in
 * its build.
 */
const bundled = /\/run\/[^/]+$/.test(import.meta.url);

/**
 * Apps do not import one another. Each is loaded by its built entry, so that a process has every
 * module once.
 */
export const entryOf = async <T>(app: string): Promise<T> => {
  const entry = new URL(bundled ? `./${app}.js` : `../../${app}/dist/main.js`, import.meta.url);
  return (await import(entry.href)) as T;
};
