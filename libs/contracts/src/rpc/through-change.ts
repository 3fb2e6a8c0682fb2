import type { ChangeAnswer } from './change-rpc.js';

type Requested = Pick<ChangeAnswer, 'change_id' | 'digest' | 'status'>;
type Answered = { readonly status: number; readonly body: unknown };

/** Returns the change request that answered a write; undefined for any other answer. */
export const requestedChange = ({ status, body }: Answered): Requested | undefined =>
  status === 202 && typeof body === 'object' && body !== null && 'change_id' in body && 'digest' in body
    ? (body as Requested)
    : undefined;

/**
 * Makes a write. If the write would loosen, it becomes a change request. Then `approve` has people
 * approve its digest, and the write is repeated, which returns the present setting. Use it only for
 * provisioning by people who have already decided; everybody else reads the change request first.
 */
export const throughChange = async <A extends Answered>(
  write: () => Promise<A>,
  approve: (change: Requested) => Promise<unknown>,
): Promise<A> => {
  const answer = await write();
  const change = requestedChange(answer);
  if (change === undefined) return answer;
  if (change.status === 'open') await approve(change);
  return write();
};
