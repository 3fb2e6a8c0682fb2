import { NatsError, type ConsumerAPI, type ConsumerConfig, type ConsumerInfo } from 'nats';

/** JetStream's error for a consumer that exists with other settings. */
const isThere = 10_148;

type Updates = {
  readonly add: (stream: string, config: Partial<ConsumerConfig>, action: string) => Promise<ConsumerInfo>;
};

/**
 * Creates a durable consumer, or gives a present one these settings. nats-server 2.9 does both at
 * once; from 2.10 on it refuses to create one that is there with other settings. Throws the errors
 * of NATS.
 */
export const putConsumer = async (
  consumers: Pick<ConsumerAPI, 'add'>,
  stream: string,
  config: Partial<ConsumerConfig>,
): Promise<ConsumerInfo> => {
  try {
    return await consumers.add(stream, config);
  } catch (error) {
    if (!(error instanceof NatsError && error.api_error?.err_code === isThere)) throw error;
    // `update` of the client would also keep a filter that the new settings replace.
    return (consumers as unknown as Updates).add(stream, config, 'update');
  }
};
