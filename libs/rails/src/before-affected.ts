import type { ActionEvent, DigestParts } from './action-events.js';
import { digestOf } from './action-walk.js';

const partsThen = ({ affected: _affected, ...parts }: DigestParts): DigestParts => parts;
const askedThen = <Data extends { readonly digest: string; readonly digest_parts: DigestParts }>(
  data: Data,
): Data => {
  const parts = partsThen(data.digest_parts);
  return { ...data, digest: digestOf(parts), digest_parts: parts };
};

/**
 * The events of a decision from the time before a yes was bound to how many entities are affected, as they were written then: no digest was over that. What was reserved is
 * compared as it was then where the rules are `before-affected` or older (`isReserved`), so that a log of that time is decided again as it was.
 */
export const asWrittenBeforeAffected = (events: readonly ActionEvent[]): readonly ActionEvent[] =>
  events.map((event): ActionEvent => {
    switch (event.type) {
      case 'ConfirmationWindowOpened':
        return { type: event.type, data: askedThen(event.data) };
      case 'ApprovalRequested':
        return { type: event.type, data: askedThen(event.data) };
      case 'LastLookTaken':
        return {
          type: event.type,
          data: { ...event.data, digest_parts: partsThen(event.data.digest_parts) },
        };
      default:
        return event;
    }
  });
