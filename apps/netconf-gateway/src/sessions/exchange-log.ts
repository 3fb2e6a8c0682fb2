import { cutText } from '@interlock/kernel';
import {
  NetconfError,
  NetconfRpcError,
  NetconfTimeoutError,
  serialiseXml,
  type Exchange,
  type XmlElement,
} from '@interlock/netconf';
import type { DeviceExchange, DeviceTxCommand } from '@interlock/network';

/** Operations that are left out, because the events contain what was read. */
const reads: ReadonlySet<string> = new Set(['get', 'get-config', 'get-data', 'get-schema', 'close-session']);
const secret = /^(persist|persist-id)$|(^|[-_])(password|passphrase|secret|private-key|community)$/i;
/**
 * Masks secrets in an element. A persist-id is one: with it, anyone can confirm or cancel the
 * change of another user.
 */
const masked = (element: XmlElement): XmlElement => ({
  ...element,
  children: secret.test(element.name)
    ? ['***']
    : element.children.map((child) => (typeof child === 'string' ? child : masked(child))),
});

const longest = 6144;
const longestTag = 64;
const mostKept = 32;
const cut = (text: string): string =>
  text.length <= longest ? text : `${cutText(text, longest)}… (${text.length - longest} more characters)`;

const outcomeOf = (error: unknown): Pick<DeviceExchange, 'outcome' | 'detail'> => {
  if (error === undefined) return { outcome: 'ok', detail: null };
  const detail = error instanceof Error ? cutText(error.message, 500) : null;
  if (error instanceof NetconfRpcError)
    return { outcome: cutText(error.errors[0]?.tag ?? 'operation-failed', longestTag), detail };
  return { outcome: error instanceof NetconfTimeoutError ? 'timeout' : 'no-answer', detail };
};

/** The commands whose event records the exchanges with the device. */
const telling: ReadonlySet<DeviceTxCommand['kind']> = new Set([
  'RefuseApply',
  'RecordLapse',
  'RequestTentativeCommit',
  'RecordTentative',
  'RecordConfirmed',
  'TakeBack',
  'RequestInverseEdit',
  'RecordRolledBack',
  'RecordFailed',
  'RecordRollbackFailed',
]);

/** Holds what a transaction has sent to its device until an event records it. */
export class ExchangeLog {
  #kept: DeviceExchange[] = [];

  readonly record = ({ sent, sentAt, tookMs, error }: Exchange): void => {
    if (reads.has(sent.name)) return;
    // An expired lease or a closed session kept the request back, so the device never received it.
    if (error !== undefined && !(error instanceof NetconfError && error.sent)) return;
    this.#kept.push({
      at: new Date(sentAt).toISOString(),
      operation: sent.name,
      sent: cut(serialiseXml(masked(sent))),
      ...outcomeOf(error),
      ms: Math.round(tookMs),
    });
    if (this.#kept.length > mostKept) this.#kept.splice(mostKept / 2, 1);
  };

  /**
   * Adds the exchanges so far to the command, if its event records them. The caller calls
   * `written` once the event is written.
   */
  with(command: DeviceTxCommand): { readonly command: DeviceTxCommand; readonly written: () => void } {
    const exchanges = [...this.#kept];
    if (exchanges.length === 0 || !telling.has(command.kind)) return { command, written: () => undefined };
    return {
      command: { ...command, exchanges } as DeviceTxCommand,
      written: () => {
        this.#kept = this.#kept.filter((one) => !exchanges.includes(one));
      },
    };
  }
}
