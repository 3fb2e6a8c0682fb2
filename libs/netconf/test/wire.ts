import { duplexPair, type Duplex } from 'node:stream';
import {
  capability,
  FrameDecoder,
  frame,
  NetconfSession,
  type Framing,
  type SessionOptions,
} from '../src/index.js';

/** A server written by hand, byte by byte, to misbehave in any way. */
export type RawPeer = {
  readonly channel: Duplex;
  /** Messages of the client so far, its hello first. */
  readonly received: string[];
  /** Resolves after that many messages. */
  readonly arrived: (count: number) => Promise<void>;
  readonly send: (text: string) => void;
  readonly sendBytes: (bytes: Buffer | string) => void;
};

export const helloOf = (versions: readonly string[], sessionId: string | null = '4'): string =>
  `<hello xmlns="urn:ietf:params:xml:ns:netconf:base:1.0"><capabilities>${versions.map((v) => `<capability>${v}</capability>`).join('')}</capabilities>${
    sessionId === null ? '' : `<session-id>${sessionId}</session-id>`
  }</hello>`;

export const hello10: string = helloOf([capability.base10]);
export const hello11: string = helloOf([capability.base10, capability.base11]);

/** Both ends of a wire. After the hello, the far end reads in `framing`. */
export const rawPeer = (framing: Framing): { near: Duplex; peer: RawPeer } => {
  const [near, far] = duplexPair();
  const received: string[] = [];
  const waiting: { count: number; resolve: () => void }[] = [];
  const decoder = new FrameDecoder(1 << 24, (message) => {
    if (received.length === 0 && framing === 'chunked') decoder.switchTo('chunked');
    received.push(message);
    for (const one of waiting) if (received.length >= one.count) one.resolve();
  });
  far.on('data', (bytes: Buffer) => decoder.push(bytes));
  far.on('error', () => undefined);
  const peer: RawPeer = {
    channel: far,
    received,
    arrived: (count) =>
      received.length >= count
        ? Promise.resolve()
        : new Promise((resolve) => waiting.push({ count, resolve })),
    send: (text) => void far.write(frame(framing, text)),
    sendBytes: (bytes) => void far.write(bytes),
  };
  return { near, peer };
};

/** A ready session against a raw peer. */
export const openRaw = async (
  version: '1.0' | '1.1' = '1.1',
  options: SessionOptions = {},
): Promise<{ session: NetconfSession; peer: RawPeer }> => {
  const { near, peer } = rawPeer(version === '1.1' ? 'chunked' : 'eom');
  const opening = NetconfSession.open(near, options);
  peer.sendBytes(frame('eom', version === '1.1' ? hello11 : hello10));
  return { session: await opening, peer };
};

export const idOf = (message: string | undefined): string =>
  /message-id="([^"]*)"/.exec(message ?? '')?.[1] ?? 'none';

export const replyTo = (message: string | undefined, inner: string): string =>
  `<rpc-reply xmlns="urn:ietf:params:xml:ns:netconf:base:1.0" message-id="${idOf(message)}">${inner}</rpc-reply>`;

export const errorXml = (tag: string, more = '', severity = 'error'): string =>
  `<rpc-error><error-type>protocol</error-type><error-tag>${tag}</error-tag><error-severity>${severity}</error-severity>${more}</rpc-error>`;

/** The error that a promise rejects with. */
export const failure = async (promise: Promise<unknown>): Promise<unknown> => {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('it was fulfilled');
};
