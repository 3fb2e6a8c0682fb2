import type { BusStream } from '@interlock/contracts';
import { ErrorCode, NatsError, type JetStreamManager, type KV, type NatsConnection } from 'nats';

export const eventsStream: BusStream = 'EVENTS';

/** The relay's lease, and the copy of its place. */
const buckets = ['interlock_relay', 'interlock_relay_checkpoint'] as const;
type Bucket = (typeof buckets)[number];
/** The stream in which NATS keeps a bucket. */
export type RelayStream = `KV_${Bucket}`;
export const relayStreams = buckets.map((bucket): RelayStream => `KV_${bucket}`);

/** NATS has no such stream, consumer or message. */
export const isMissing = (error: unknown): boolean =>
  error instanceof NatsError &&
  (error.code === ErrorCode.JetStream404NoMessages || error.api_error?.code === 404);

/** How many servers keep EVENTS; undefined without the stream. Throws the errors of NATS. */
export const eventsReplicas = (manager: JetStreamManager): Promise<number | undefined> =>
  manager.streams.info(eventsStream).then(
    ({ config }) => config.num_replicas,
    (error: unknown) => {
      if (isMissing(error)) return undefined;
      throw error;
    },
  );

/**
 * Opens a bucket. A missing one is created on as many servers as keep EVENTS; `planStreams` brings
 * a present one to that number. Throws the errors of NATS.
 */
export const openRelayBucket = async (
  connection: NatsConnection,
  bucket: Bucket,
  ttl?: number,
): Promise<KV> => {
  const replicas = await eventsReplicas(await connection.jetstreamManager());
  return connection.jetstream().views.kv(bucket, {
    history: 1,
    ...(replicas === undefined ? {} : { replicas }),
    ...(ttl === undefined ? {} : { ttl }),
  });
};
