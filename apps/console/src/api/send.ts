import { useMutation, useQueryClient, type UseMutationResult } from '@tanstack/react-query';
import { isChangeRequest } from '../state/change.js';
import { notify } from '../state/notifications.js';

/**
 * Sends a change, and invalidates the affected queries after success and after failure. `keys` are
 * the first parts of their query keys. After success, `done` is shown as a notification, unless the
 * change became a change request.
 */
export const useSend = <V, T>(
  work: (sent: V) => Promise<T>,
  keys: readonly string[],
  done?: string | ((sent: V, answer: T) => string | undefined),
): UseMutationResult<T, Error, V> => {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: work,
    onSuccess: (answer, sent) => {
      const text = typeof done === 'function' ? done(sent, answer) : done;
      if (text !== undefined && !isChangeRequest(answer)) notify(text);
    },
    onSettled: () => Promise.all(keys.map((key) => queries.invalidateQueries({ queryKey: [key] }))),
  });
};
