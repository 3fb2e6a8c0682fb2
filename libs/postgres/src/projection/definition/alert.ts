import { randomUUID } from 'node:crypto';
import type { RpcRequest } from '@interlock/contracts';
import { backOffMs } from '@interlock/kernel';

import { pause } from '../../pause.js';
import type { ProjectionRunnerOptions } from './options.js';

/** The receiver of the alert `projection_lag`: the alerting service, over the bus. */
export type ProjectionAlerts = {
  readonly raise: (request: RpcRequest<'alerting.raise'>) => Promise<unknown>;
  readonly resolve: (request: RpcRequest<'alerting.resolve'>) => Promise<unknown>;
};
type Cause = RpcRequest<'alerting.raise'>['cause'];
type Wish = { readonly what: string; readonly loud: boolean; readonly tell: () => Promise<unknown> };

const longestPauseMs = 10_000;

/**
 * Tells alerting whether one projection is behind. The last report is repeated, ever more slowly,
 * until alerting accepts it.
 */
export class LagAlert {
  readonly #alerts: ProjectionAlerts | undefined;
  readonly #subject: string;
  readonly #onRefused: (error: unknown, attempt: number) => void;
  #wish: Wish | undefined;
  #reported: string | undefined;
  #telling: Promise<void> | undefined;
  #stopped = new AbortController();
  #changed = new AbortController();

  constructor(
    alerts: ProjectionAlerts | undefined,
    subject: string,
    onRefused: (error: unknown, attempt: number) => void,
  ) {
    this.#alerts = alerts;
    this.#subject = subject;
    this.#onRefused = onRefused;
  }

  /** The projection is behind; the same cause is reported once. */
  raise(cause: Cause, detail: string): void {
    const request = {
      request_id: randomUUID(),
      name: 'projection_lag',
      subject: this.#subject,
      detail,
      cause,
      at: new Date().toISOString(),
    } as const;
    this.#want({
      what: `raise ${cause?.event_id ?? ''}`,
      loud: true,
      tell: () => this.#alerts!.raise(request),
    });
  }

  /** The projection follows: every earlier alert is over, also one of an earlier process. */
  resolve(detail: string): void {
    const request = {
      request_id: randomUUID(),
      name: 'projection_lag',
      subject: this.#subject,
      detail,
      at: new Date().toISOString(),
    } as const;
    this.#want({ what: 'resolve', loud: false, tell: () => this.#alerts!.resolve(request) });
  }

  start(): void {
    this.#stopped = new AbortController();
    this.#wish = undefined;
    this.#reported = undefined;
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    this.#changed.abort();
    await this.#telling;
  }

  #want(wish: Wish): void {
    if (
      this.#alerts === undefined ||
      this.#stopped.signal.aborted ||
      (this.#wish?.what ?? this.#reported) === wish.what
    )
      return;
    this.#wish = wish;
    this.#changed.abort();
    this.#changed = new AbortController();
    this.#begin();
  }

  #begin(): void {
    this.#telling ??= this.#tell().finally(() => {
      this.#telling = undefined;
      if (this.#wish !== undefined && !this.#stopped.signal.aborted) this.#begin();
    });
  }

  async #tell(): Promise<void> {
    for (
      let attempt = 1, last: Wish | undefined;
      this.#wish !== undefined && !this.#stopped.signal.aborted;
      attempt += 1
    ) {
      const wish = this.#wish;
      if (wish !== last) attempt = 1;
      last = wish;
      const { signal } = this.#changed;
      try {
        await wish.tell();
        this.#reported = wish.what;
        if (this.#wish === wish) this.#wish = undefined;
      } catch (error) {
        if (wish.loud) this.#onRefused(error, attempt);
        await pause(backOffMs(attempt, 250, longestPauseMs, Math.random()), signal);
      }
    }
  }
}

/** The alert of one projection. A report that alerting does not accept is logged once. */
export const lagAlertOf = (
  {
    alerts,
    service,
    projection,
    logger,
  }: Pick<ProjectionRunnerOptions<never>, 'alerts' | 'service' | 'logger'> & {
    readonly projection: { readonly name: string };
  },
  schema: string,
): LagAlert =>
  new LagAlert(alerts, `${service}/${projection.name}`, (error, attempt) => {
    if (attempt === 1)
      logger.warn(
        { err: error, projection: schema },
        'alerting did not accept the lag of the projection; it is sent again',
      );
  });
