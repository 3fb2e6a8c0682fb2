import { changeScopes, refusalKeys, scopes, type Actor, type Scope } from '@interlock/contracts';
import type { RecordedEvent } from '@interlock/kernel';
import { approved, asked, text, time, type Data, type InboxEntry } from './inbox-item.js';

/**
 * Returns the number of people whom a change request needs beside its requester; 1 if it names no
 * number.
 */
const approvalsOf = ({ required_people, requester }: Data): number => {
  const people = typeof required_people === 'number' ? required_people : 2;
  return Math.max(1, text(requester).startsWith('person:') ? people - 1 : people);
};

/** Returns the setting's scope; the administrators' scope if the setting names none. */
const scopeOf = ({ scope }: Data): Scope => scopes.find((one) => one === scope) ?? 'AUTONOMY_ADMIN';

const requestedBy = (data: Data): string => text(data['requester']) || text(data['requested_by']);

/**
 * Returns what waits on a change request's stream after an event; undefined once the request is
 * decided. Members are read by name, so that a missing member hides no request.
 */
export const onChange = (
  before: InboxEntry | undefined,
  event: RecordedEvent,
  id: string,
): InboxEntry | undefined => {
  const data = event.data as Data;
  switch (event.type) {
    case 'ChangeRequested': {
      const isAlone = data['required_people'] === 1;
      const entry: InboxEntry = {
        id,
        title: text(data['setting']) || 'a setting',
        subject: null,
        refused: isAlone ? [] : [requestedBy(data), ...refusalKeys(event.metadata.actor as Actor)],
        item: null,
        scopes: changeScopes(scopeOf(data)),
      };
      return asked(entry, event, {
        kind: 'change',
        asks: isAlone ? 'confirm what it loosens, or reject it' : 'approve what it loosens, or reject it',
        why: text(data['why']) || text(data['reason']) || null,
        then: 'the setting stays as it is',
        expires_at: time(data['expires_at']),
        approvals_required: approvalsOf(data),
      });
    }
    case 'ChangeConsented':
      return before === undefined ? undefined : approved(before, event);
    case 'ChangeApproved':
    case 'ChangeRejected':
    case 'ChangeExpired':
    case 'ChangeApplied':
    case 'ChangeVoided':
      return undefined;
    default:
      return before;
  }
};
