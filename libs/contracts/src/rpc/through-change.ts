import type { ChangeAnswer } from './change-rpc.js';

type Requested = Pick<ChangeAnswer, 'change_id' | 'digest' | 'status'>;
type Answered = { readonly status: number; readonly body: unknown };

/** The change request that a write was answered with; undefined for any other answer. */
export const requestedChange = ({ status, body }: Answered): Requested | undefined =>
  status === 202 && typeof body === 'object' && body !== null && 'change_id' in body && 'digest' in body
    ? (body as Requested)
    : undefined;

/**
 * Makes a write. If it would loosen, it becomes a change request: then `approve` lets people
 * approve its digest, and the write is made again, which answers the setting as it now is. For
 * provisioning by people who have decided already; everybody else reads the change request first.
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
