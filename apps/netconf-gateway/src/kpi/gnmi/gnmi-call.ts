import { readFileSync } from 'node:fs';
import { cutText } from '@interlock/kernel';
import { Client, credentials, Metadata, type ChannelCredentials } from '@grpc/grpc-js';
import { KpiSourceError } from '../kpi-source.js';
import type { GnmiEntry } from '../kpi-sources-file.js';
import { decodeResponse, encodeRequest, type SubscribeRequest, type SubscribeResponse } from './messages.js';

/** The most values and messages of one reading. */
export const mostUpdates = 200_000;

/** What a subscription receives. Nothing follows `onEnd`. An `onResponse` that throws ends it. */
export type Subscriber = {
  readonly onResponse: (response: SubscribeResponse) => void;
  readonly onEnd: (why: KpiSourceError) => void;
};

const file = (path: string): Buffer => {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new KpiSourceError(`a file cannot be read: ${(error as NodeJS.ErrnoException).code ?? ''}`);
  }
};

const credentialsOf = ({
  plain,
  ca_file: ca,
  cert_file: cert,
  key_file: key,
}: GnmiEntry): ChannelCredentials => {
  if (plain) return credentials.createInsecure();
  const read = (path: string | undefined): Buffer | null => (path === undefined ? null : file(path));
  return credentials.createSsl(read(ca), read(key), read(cert));
};

const metadataOf = ({ username, password_file: path }: GnmiEntry): Metadata => {
  const metadata = new Metadata();
  if (username !== undefined) metadata.set('username', username);
  if (path !== undefined) metadata.set('password', file(path).toString('utf8').trim());
  return metadata;
};

/**
 * What the call needs besides its address. INVARIANT: an error about a secret is told without its
 * text, which may name the secret.
 */
const accessOf = (entry: GnmiEntry): readonly [ChannelCredentials, Metadata] => {
  try {
    return [credentialsOf(entry), metadataOf(entry)];
  } catch (error) {
    if (error instanceof KpiSourceError) throw error;
    throw new KpiSourceError('its certificates, key or password cannot be used');
  }
};

/**
 * Subscribes at a target, and returns how to end that. `deadlineMs` bounds the whole call. A
 * notification without a time ends it. Throws KpiSourceError if a file of the entry cannot be used.
 */
export const subscribe = (
  entry: GnmiEntry,
  request: SubscribeRequest,
  { onResponse, onEnd }: Subscriber,
  deadlineMs?: number,
): (() => void) => {
  const [trusted, login] = accessOf(entry);
  const client = new Client(entry.address, trusted, {
    'grpc.max_receive_message_length': entry.max_bytes,
    'grpc.enable_http_proxy': 0,
    'grpc.enable_retries': 0,
  });
  const call = client.makeBidiStreamRequest<SubscribeRequest, SubscribeResponse>(
    '/gnmi.gNMI/Subscribe',
    encodeRequest,
    decodeResponse,
    login,
    deadlineMs === undefined ? {} : { deadline: Date.now() + deadlineMs },
  );
  let isOpen = true;
  const close = (): void => {
    if (!isOpen) return;
    isOpen = false;
    call.cancel();
    client.close();
  };
  const end = (detail: string): void => {
    if (!isOpen) return;
    close();
    onEnd(new KpiSourceError(detail));
  };
  call.on('data', (response: SubscribeResponse) => {
    if (!isOpen) return;
    const { update } = response;
    if (update !== undefined && (update.timestamp === undefined || update.timestamp <= 0))
      end('a notification has no time');
    else
      // INVARIANT: nothing that a target sends throws inside gRPC's event. That would end the
      // process.
      try {
        onResponse(response);
      } catch {
        end('it sent a message that cannot be read');
      }
  });
  call.on('error', ({ details, message }: { readonly details?: string; readonly message: string }) =>
    end(`it does not answer: ${cutText(details ?? message, 200)}`),
  );
  call.on('end', () => end('it ended the subscription'));
  call.write(request);
  return close;
};

/** The number of values and messages in a response. */
export const updatesIn = ({ update }: SubscribeResponse): number =>
  1 + (update?.update?.length ?? 0) + (update?.delete?.length ?? 0);
