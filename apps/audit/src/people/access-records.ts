import { CommandHandler, genuine, type EventStore, cutText } from '@interlock/kernel';
import { backoff, commandContext, newId, type Principal } from '@interlock/platform';
import { accessDecider, accessStream, type AccessCommand } from '@interlock/tree';
import type { Logger } from 'pino';

type Exported = Extract<AccessCommand, { readonly kind: 'record_export' }>;
type Read = Extract<AccessCommand, { readonly kind: 'record_read' }>;

/** Formats the parameters that a request sets as one string, e.g. `after=12 category=action`. */
export const filterOf = (asked: { readonly [name: string]: unknown }): string =>
  cutText(
    Object.entries(asked)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => `${name}=${String(value)}`)
      .sort()
      .join(' '),
    1024,
  );

/** Records who exported or read the log. */
export class AccessRecords {
  readonly #handler;

  constructor(
    store: EventStore,
    private readonly logger: Pick<Logger, 'warn'>,
  ) {
    this.#handler = new CommandHandler(genuine(store), accessDecider, { backoff });
  }

  /**
   * Records an export before it is sent. Throws `log-unavailable` or `append-outcome-unknown`; then
   * nothing may be sent.
   */
  async exported(principal: Principal, exported: Omit<Exported, 'kind'>): Promise<void> {
    await this.#handle(principal, { kind: 'record_export', ...exported });
  }

  /**
   * Passes lines or events on. At the end, or if the reading breaks off, it records how many there
   * were.
   */
  async *counted<T>(
    principal: Principal,
    read: Pick<Read, 'route' | 'filter'>,
    lines: AsyncIterable<T>,
  ): AsyncGenerator<T> {
    let count = 0;
    try {
      for await (const one of lines) {
        count += 1;
        yield one;
      }
    } finally {
      await this.#handle(principal, { kind: 'record_read', ...read, count, actor: principal.actor }).catch(
        (error: unknown) => this.logger.warn({ err: error }, 'a read of the log could not be recorded'),
      );
    }
  }

  async #handle(principal: Principal, command: AccessCommand): Promise<void> {
    const context = commandContext(principal, undefined, { commandId: newId() });
    await this.#handler.handle(accessStream(principal.tenant_id, context.now), command, context);
  }
}
