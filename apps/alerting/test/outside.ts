import type { LookupAddress } from 'node:dns';
import { DeliveryConfig } from '../src/delivery/config.js';
import { outsideOf, type Outside } from '../src/delivery/outside.js';

export const local: LookupAddress = { address: '127.0.0.1', family: 4 };

/** The world outside of a test: this machine alone, reached by any name. */
export const testOutside = (
  environment: { readonly [name: string]: string } = {},
  over: Partial<DeliveryConfig> = {},
  resolve: (host: string) => Promise<readonly LookupAddress[]> = () => Promise.resolve([local]),
  ca: string | null = null,
): Outside =>
  outsideOf(
    Object.assign(new DeliveryConfig(), {
      ALERTING_ALLOWED_NETWORKS: '127.0.0.0/8',
      ALERTING_SEND_MS: 20_000,
      ...over,
    }),
    environment,
    { resolve, ca },
  );
