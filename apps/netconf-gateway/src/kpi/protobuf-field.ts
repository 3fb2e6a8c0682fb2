/** A field of a message of Protocol Buffers, as `Root.fromJSON` takes it. */
export const field = (id: number, type: string, rule?: 'repeated') => ({
  id,
  type,
  ...(rule === undefined ? {} : { rule }),
});
