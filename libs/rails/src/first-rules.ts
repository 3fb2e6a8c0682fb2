import type { ActionEvent, DigestParts, HoldRecord } from './action-events.js';
import { digestOf } from './action-walk.js';

const holdsThen = (holds: readonly HoldRecord[]): readonly HoldRecord[] =>
  holds.map(({ gate, hold, reasons }) => ({ gate, hold, reasons }));
const asked = <
  Data extends {
    readonly holds: readonly HoldRecord[];
    readonly digest: string;
    readonly digest_parts: DigestParts;
  },
>(
  data: Data,
): Data => {
  const { holds: _holds, ...parts } = data.digest_parts;
  return { ...data, holds: holdsThen(data.holds), digest: digestOf(parts), digest_parts: parts };
};

/**
 * The events of a decision by the first rules, of those that `asWrittenBeforeAffected` gives, as that release wrote them: holds had no content, and no digest was over them. What it decided otherwise (what a yes covers,
 * what is validated) is decided where `rules` is `first`, so that a log of that time is decided again as it was then.
 */
export const asFirstRulesWrote = (events: readonly ActionEvent[]): readonly ActionEvent[] =>
  events.map((event): ActionEvent => {
    switch (event.type) {
      case 'ConfirmationWindowOpened':
        return { type: event.type, data: asked(event.data) };
      case 'ApprovalRequested':
        return { type: event.type, data: asked(event.data) };
      case 'DryRunCompleted':
        return { type: event.type, data: { ...event.data, holds: holdsThen(event.data.holds) } };
      default:
        return event;
    }
  });
