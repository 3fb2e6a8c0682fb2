import type { Resolve } from '@interlock/outbound';
import { DeliveryConfig } from '../src/delivery/config.js';
import { egressOf, type Egress } from '../src/delivery/egress.js';

/** A test's outside world: only this machine, reached by any name. */
export const testEgress = (
  environment: { readonly [name: string]: string } = {},
  over: Partial<DeliveryConfig> = {},
  resolve: Resolve = () => Promise.resolve(['127.0.0.1']),
  ca: string | null = null,
): Egress =>
  egressOf(
    Object.assign(new DeliveryConfig(), {
      ALERTING_ALLOWED_NETWORKS: '127.0.0.0/8',
      ALERTING_SEND_MS: 20_000,
      ...over,
    }),
    environment,
    { resolve, ca },
  );
