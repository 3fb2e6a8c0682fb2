/** Returns the name of a key press as key tables spell it: `g p`, `Shift+S`, `Ctrl+Enter`, `/`. */
export const keyName = (event: {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly shiftKey: boolean;
}): string => {
  const letter = event.key.length === 1 && /[a-z]/i.test(event.key);
  const base = letter ? event.key.toLowerCase() : event.key;
  if (event.ctrlKey || event.metaKey) return `Ctrl+${base}`;
  return letter && event.shiftKey ? `Shift+${base}` : base;
};
