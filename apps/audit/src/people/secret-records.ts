import {
  secretUses,
  type RecordSecretsAnswer,
  type RecordSecretsRequest,
  type SecretUse,
} from '@interlock/contracts';
import { CommandHandler, genuine, ProblemError, type EventStore } from '@interlock/kernel';
import { backoff, serviceCommandContext } from '@interlock/platform';
import { secretDecider, secretStream } from '@interlock/tree';

const useOf = (caller: string): SecretUse => {
  const use = Object.entries(secretUses).find(([, service]) => service === caller)?.[0];
  if (use === undefined) throw new ProblemError('wrong-caller', `\`${caller}\` has no secrets of tenants`);
  return use as SecretUse;
};

/** Records where the tenants' secrets are stored and where they may be sent, but never a value. */
export class SecretRecords {
  readonly #handler;

  constructor(store: EventStore) {
    this.#handler = new CommandHandler(genuine(store), secretDecider, { backoff });
  }

  /**
   * Records the secrets that a service found. `caller` is the service that reads them. Throws
   * `wrong-caller` and the log's errors.
   */
  async found(
    { request_id, tenant_id, secrets }: RecordSecretsRequest,
    caller: string,
  ): Promise<RecordSecretsAnswer> {
    const use = useOf(caller);
    const { events } = await this.#handler.handle(
      secretStream(tenant_id, use),
      { kind: 'find_secrets', use, secrets },
      serviceCommandContext(caller, tenant_id, {
        commandId: `secrets:${request_id}`,
        correlationId: request_id,
        causationId: request_id,
      }),
    );
    return { changes: events.length };
  }
}
