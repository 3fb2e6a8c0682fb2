import { useMutation, useQueryClient, type UseMutationResult } from '@tanstack/react-query';

/**
 * Sends a change as it was decided on, and reads anew whatever it makes old, whether it was taken
 * or refused. `keys` are the first parts of the query keys.
 */
export const useSend = <V, T>(
  work: (sent: V) => Promise<T>,
  keys: readonly string[],
): UseMutationResult<T, Error, V> => {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: work,
    onSettled: () => Promise.all(keys.map((key) => queries.invalidateQueries({ queryKey: [key] }))),
  });
};
