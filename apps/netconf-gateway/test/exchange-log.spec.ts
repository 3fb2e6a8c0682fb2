import { describe, expect, it } from '@jest/globals';
import {
  NetconfClosedError,
  NetconfRpcError,
  NetconfTimeoutError,
  operation,
  parseXml,
  type Exchange,
} from '@interlock/netconf';
import type { DeviceTxCommand } from '@interlock/network';
import { ExchangeLog } from '../src/sessions/exchange-log.js';

const exchange = (over: Partial<Exchange> = {}): Exchange => ({
  sent: operation.lock('running'),
  sentAt: Date.parse('2026-11-20T10:00:00.000Z'),
  tookMs: 3.6,
  error: undefined,
  ...over,
});
const tentative: DeviceTxCommand = {
  kind: 'RecordTentative',
  applied_at: '',
  timer_ends_at: '',
  read_back_hash: '',
};
const recorded = (
  ...exchanges: readonly Exchange[]
): readonly { readonly operation: string; readonly sent: string; readonly outcome: string }[] => {
  const log = new ExchangeLog();
  for (const one of exchanges) log.record(one);
  return (
    (
      log.with(tentative).command as {
        readonly exchanges?: readonly { operation: string; sent: string; outcome: string }[];
      }
    ).exchanges ?? []
  );
};

describe('the record of what a transaction sent', () => {
  it('is told with its answer once the event is written, and not again', () => {
    const log = new ExchangeLog();
    log.record(exchange());
    const { command, written } = log.with(tentative);
    expect(command).toEqual({
      ...tentative,
      exchanges: [
        {
          at: '2026-11-20T10:00:00.000Z',
          operation: 'lock',
          sent: expect.stringContaining('<running/>'),
          outcome: 'ok',
          detail: null,
          ms: 4,
        },
      ],
    });
    expect(log.with(tentative).command).toEqual(command);
    written();
    expect(log.with(tentative).command).toBe(tentative);
  });

  it('waits for an event that can hold it', () => {
    const log = new ExchangeLog();
    log.record(exchange());
    const confirm: DeviceTxCommand = { kind: 'RequestConfirm', request_id: 'r' };
    expect(log.with(confirm).command).toBe(confirm);
    expect(log.with(tentative).command).toHaveProperty('exchanges');
  });

  it('holds no secret', () => {
    const [commit, edit] = recorded(
      exchange({ sent: operation.commit({ confirmed: { timeoutS: 30, persist: 'secret' } }) }),
      exchange({ sent: parseXml('<edit><user><name>u</name><password>secret</password></user></edit>') }),
    );
    expect(commit!.sent).toContain('<persist>***</persist>');
    expect(edit!.sent).toContain('<name>u</name><password>***</password>');
    expect(`${commit!.sent}${edit!.sent}`).not.toContain('secret');
  });

  it('leaves out reads, and whatever the device never received', () => {
    expect(
      recorded(
        exchange({ sent: operation.getConfig('running') }),
        exchange({ error: new NetconfClosedError('over', false) }),
        exchange({ error: new Error('the lease ran out') }),
      ),
    ).toEqual([]);
  });

  it('names what kept the answer away', () => {
    const rpc = new NetconfRpcError([{ type: 'protocol', tag: 'lock-denied', severity: 'error' }]);
    expect(
      recorded(
        exchange({ error: rpc }),
        exchange({ error: new NetconfTimeoutError('rpc', 10, true) }),
        exchange({ error: new NetconfClosedError('over', true) }),
      ).map(({ outcome }) => outcome),
    ).toEqual(['lock-denied', 'timeout', 'no-answer']);
  });

  it('is bounded whatever tag the device answers', () => {
    const rpc = new NetconfRpcError([{ type: 'protocol', tag: 'x'.repeat(2_000_000), severity: 'error' }]);
    expect(JSON.stringify(recorded(exchange({ error: rpc }))).length).toBeLessThan(10_000);
  });

  it('is bounded for each exchange and for all together', () => {
    const long = exchange({ sent: parseXml(`<edit><value>${'x'.repeat(10_000)}</value></edit>`) });
    const all = recorded(...Array.from({ length: 50 }, () => long));
    expect(all).toHaveLength(32);
    expect(all[0]!.sent).toMatch(/… \(\d+ more characters\)$/);
    expect(JSON.stringify(all).length).toBeLessThan(220_000);
  });
});
