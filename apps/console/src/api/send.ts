import { useMutation, useQueryClient, type UseMutationResult } from '@tanstack/react-query';

/**
 * Sends a change, and invalidates the affected queries after success and after failure. `keys` are
 * the first parts of their query keys.
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
