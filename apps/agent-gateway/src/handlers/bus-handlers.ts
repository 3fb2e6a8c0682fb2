import { randomBytes } from 'node:crypto';
import { largestAnswer } from '@interlock/agents';
import { parseSubject, subject, type HandlerStep } from '@interlock/contracts';
import { outgoingHeaders } from '@interlock/jetstream';
import { OutboundError } from '@interlock/outbound';
import { Events, type Msg, type NatsConnection, type Subscription } from 'nats';
import type { RawAnswer } from './handler-client.js';

export type BusRequest = {
  readonly tenant_id: string;
  readonly action_type: string;
  readonly step: HandlerStep;
  readonly request_id: string;
  readonly body: string;
  readonly timeout_ms: number;
  readonly beforeSend?: () => void;
  readonly signal?: AbortSignal;
};

type Waiting = {
  readonly tenant_id: string;
  readonly action_type: string;
  readonly answered: (answer: RawAnswer) => void;
  readonly unheard: () => void;
};

const withoutBody = (status: number): RawAnswer => ({ status, bytes: new Uint8Array() });

/** The header of an error in the protocol of NATS services (ADR-32), whose code is like HTTP's. */
const serviceErrorCode = 'Nats-Service-Error-Code';

/**
 * Returns the answer in a message. An error that a library of NATS services marks in the headers is
 * no answer, whatever the body says.
 */
const answerIn = (message: Msg): RawAnswer => {
  if (message.headers?.has(serviceErrorCode) === true) {
    const code = message.headers.get(serviceErrorCode);
    return withoutBody(/^[45]\d\d$/.test(code) ? Number(code) : 500);
  }
  return message.data.length > largestAnswer ? withoutBody(500) : { status: 200, bytes: message.data };
};

/** The status with which NATS answers a request that has no subscriber. Its body is empty. */
const nobodyListens = 503;

/**
 * Calls handlers on the bus. A request goes to `interlock.handlers.<tenant>.<action_type>.<step>`.
 * The answer comes to `interlock.handled.<tenant>.<action_type>.<instance>.<nonce>`, to which only
 * the registered users of this handler can publish. The first answer counts.
 */
export class BusHandlers {
  readonly #connection: NatsConnection;
  readonly #instance = randomBytes(12).toString('hex');
  readonly #waiting = new Map<string, Waiting>();
  #subscription: Subscription | undefined;
  #isConnected = true;

  constructor(connection: NatsConnection) {
    this.#connection = connection;
  }

  start(): void {
    this.#watch().catch(() => {
      this.#isConnected = false;
    });
    this.#subscription = this.#connection.subscribe(
      subject({ kind: 'handled', tenant: '*', actionType: '*', instance: this.#instance, nonce: '*' }),
      {
        callback: (error, message) => {
          if (error !== null) return;
          const subject = parseSubject(message.subject);
          if (subject?.kind !== 'handled') return;
          const waiting = this.#waiting.get(subject.nonce);
          if (waiting?.tenant_id !== subject.tenant || waiting.action_type !== subject.actionType) return;
          if (message.headers?.code === nobodyListens && message.data.length === 0) {
            waiting.unheard();
            return;
          }
          waiting.answered(answerIn(message));
        },
      },
    );
  }

  stop(): void {
    this.#subscription?.unsubscribe();
  }

  /**
   * Sends a request and returns the first answer. Throws OutboundError: `sent` is false if the bus
   * is down or nobody subscribes, and true if no answer comes in time.
   */
  async request(request: BusRequest): Promise<RawAnswer> {
    const { tenant_id: tenantId, timeout_ms: timeoutMs } = request;
    // The client drops what is published while it reconnects, so nobody would hear it.
    if (this.#connection.isClosed() || !this.#isConnected)
      throw new OutboundError('not-connected', false, 'the bus is down');
    const nonce = randomBytes(16).toString('hex');
    const signal = AbortSignal.any([
      AbortSignal.timeout(timeoutMs),
      ...(request.signal === undefined ? [] : [request.signal]),
    ]);
    try {
      return await new Promise<RawAnswer>((resolve, reject) => {
        this.#waiting.set(nonce, {
          tenant_id: tenantId,
          action_type: request.action_type,
          answered: resolve,
          unheard: () => reject(new OutboundError('not-connected', false, 'no handler listens on the bus')),
        });
        signal.addEventListener('abort', () =>
          reject(new OutboundError('timeout', true, 'no handler answered on the bus within the deadline')),
        );
        request.beforeSend?.();
        this.#connection.publish(
          subject({
            kind: 'handlers',
            tenant: tenantId,
            actionType: request.action_type,
            step: request.step,
          }),
          request.body,
          {
            headers: outgoingHeaders(),
            reply: subject({
              kind: 'handled',
              tenant: tenantId,
              actionType: request.action_type,
              instance: this.#instance,
              nonce,
            }),
          },
        );
      });
    } finally {
      this.#waiting.delete(nonce);
    }
  }

  async #watch(): Promise<void> {
    for await (const { type } of this.#connection.status()) {
      if (type === Events.Reconnect) this.#isConnected = true;
      if (type === Events.Disconnect) this.#isConnected = false;
    }
  }
}
