import type { AllStreamSubscription, ResolvedEvent, StreamSubscription } from '@eventstore/db-client';

type Subscription = StreamSubscription | AllStreamSubscription;

/** Collects a subscription's events and waits for conditions on them. */
export class Listener {
  readonly events: ResolvedEvent[] = [];
  readonly signs: string[] = [];
  error: unknown;
  #waiting: (() => void)[] = [];

  constructor(readonly subscription: Subscription) {
    const note = (sign: string) => () => this.#note(sign);
    subscription
      .on('confirmation', note('confirmation'))
      .on('caughtUp', note('caught_up'))
      .on('end', note('end'))
      .on('error', (error) => {
        this.error = error;
        this.#note('error');
      })
      .on('data', (event: ResolvedEvent) => {
        this.events.push(event);
        this.#note('event');
      });
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      if (this.error !== undefined || this.signs.includes('end'))
        throw new Error(`the subscription ended: ${String(this.error ?? 'end')}`, { cause: this.error });
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  async has(count: number): Promise<void> {
    await this.until(() => this.events.length >= count);
  }

  async sign(sign: string): Promise<void> {
    await this.until(() => this.signs.includes(sign));
  }

  /** Adds another signal, such as a checkpoint, to the order of signs. */
  note(sign: string): void {
    this.#note(sign);
  }

  #note(sign: string): void {
    this.signs.push(sign);
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
