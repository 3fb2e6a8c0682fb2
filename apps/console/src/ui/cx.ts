/** Joins the class names of an element and leaves out false, undefined and empty ones. */
export const cx = (...names: readonly (string | false | undefined)[]): string =>
  names.filter((name) => name !== false && name !== undefined && name !== '').join(' ');
