import { Controller, Inject } from '@nestjs/common';
import { Ctx, EventPattern, MessagePattern, Payload } from '@nestjs/microservices';
import {
  busServices,
  parseSubject,
  subject,
  tenantOfUser,
  type RpcAnswer,
  type RpcRequest,
} from '@interlock/contracts';
import { done, isExistingTime, isProblem, ProblemError, retry, type Handled } from '@interlock/kernel';
import { JetStreamContext, wipeMessage, type BusMessage } from '@interlock/jetstream';
import {
  inputFaults,
  nowText,
  readInput,
  refusedInput,
  SERVICE_CONTEXT,
  type ServiceContext,
} from '@interlock/platform';
import { Admission } from './admission.js';
import { IntentIntake } from './intent-intake.js';
import { isUnreachable } from '../gates/gate-looks.js';
import { readIntent, readIntentEvent, type ReadCloudEvent } from './intent.dto.js';
import { isRefusal, RejectedIntents } from './rejected-intents.js';
import { busRequester } from '../tenants/tenants.js';

const maxBytes = 256 * 1024;

/**
 * Returns the refusal of a subject without the publisher, because the requester is then unknown.
 */
const oldSubject = (tenant: string): ProblemError =>
  new ProblemError(
    'wrong-caller',
    `intents are no longer taken on \`${subject({ kind: 'old_intents', tenant })}\`: publish on \`${subject({ kind: 'intents', tenant, user: '<user>' })}\`, where \`<user>\` is the user that you connect as, with every dot written \`=\``,
  );

/**
 * Intents from the bus. An invalid one is answered and kept on
 * `interlock.intents.rejected.<tenant>`.
 */
@Controller()
export class IntentsController {
  constructor(
    private readonly intake: IntentIntake,
    private readonly admission: Admission,
    private readonly rejected: RejectedIntents,
    @Inject(SERVICE_CONTEXT) private readonly context: ServiceContext,
  ) {}

  @EventPattern({
    stream: 'INTENTS',
    durable: 'safety-rails-intents',
    filter: '>',
    concurrency: 64,
    fairTo: 'tenant',
    maxRetries: 20_000,
  })
  async onIntent(@Payload() message: BusMessage): Promise<Handled> {
    const handled = await this.#take(message);
    if (handled.kind === 'done' || handled.kind === 'skip') await this.#wipe(message);
    return handled;
  }

  async #take(message: BusMessage): Promise<Handled> {
    const parsed = parseSubject(message.subject);
    if (parsed?.kind !== 'intents' && parsed?.kind !== 'old_intents')
      return { kind: 'skip', reason: `\`${message.subject}\` is not a subject of intents` };
    const { tenant } = parsed;
    const user = parsed.kind === 'intents' ? parsed.user : '';
    const submitter =
      tenantOfUser(user) === undefined ? `service:nats.${tenant}` : busRequester(user).requester;
    try {
      if (parsed.kind === 'old_intents') throw oldSubject(tenant);
      const read = this.#read(message);
      const { requester, service } = busRequester(parsed.user);
      const traceparent = read.traceparent ?? message.headers['traceparent'] ?? null;
      const time = read.time ?? message.publishedAt ?? nowText();
      await this.admission.fromBus(tenant, () =>
        this.intake.submit(
          { ...read, traceparent, time, tenantId: tenant, requester, actor: { kind: 'service', service } },
          true,
        ),
      );
      return done;
    } catch (error) {
      if (isUnreachable(error)) return retry(1000, error.detail);
      // The message comes again, and is parked if that lasts.
      if (!isRefusal(error)) throw error;
      await this.rejected.publish(
        tenant,
        message.raw.byteLength > maxBytes ? undefined : message.data,
        error,
        { msgId: `rejected:${tenant}:${message.sequence}`, submitter },
      );
      return { kind: 'skip', reason: error.code };
    }
  }

  /**
   * Reads a message. INVARIANT: an error while a message is read recurs on every attempt, so any
   * such error is a refusal.
   */
  #read(message: BusMessage): ReadCloudEvent {
    if (message.raw.byteLength > maxBytes)
      throw new ProblemError('payload-too-large', `an intent has at most ${maxBytes} bytes`);
    try {
      return readIntentEvent(readInput(message.raw));
    } catch (error) {
      if (isProblem(error)) throw error;
      this.context.logger.error({ err: error, sequence: message.sequence }, 'an intent could not be read');
      throw refusedInput('the message', [{ pointer: '', detail: 'can not be read' }]);
    }
  }

  /** Deletes a message that names a person from the bus's files. */
  async #wipe(message: BusMessage): Promise<void> {
    if (!Buffer.from(message.raw).includes('requested_by')) return;
    try {
      await wipeMessage(this.context.nats, 'INTENTS', message);
    } catch (error) {
      this.context.logger.warn(
        { err: error, sequence: message.sequence },
        'an intent that names a person was handled and not wiped: the bus keeps its bytes until it compacts them',
      );
    }
  }

  @MessagePattern({ rpc: 'safety-rails.submit' })
  async submit(
    @Payload() request: RpcRequest<'safety-rails.submit'>,
    @Ctx() bus: JetStreamContext,
  ): Promise<RpcAnswer<'safety-rails.submit'>> {
    const caller = bus.getCaller();
    // INVARIANT: a tenant's user asks for itself, so the requester in its message is ignored. A
    // service passes on the person that it authenticated.
    const own = (busServices as readonly string[]).includes(caller) ? null : busRequester(caller);
    const requester = own?.requester ?? String(request.requester);
    const [, kind, id] = /^(person|service):(.+)$/.exec(requester) ?? [];
    const read = readIntent(request.intent, [
      ...inputFaults(request.intent),
      ...(id === undefined
        ? [{ pointer: '/requester', detail: 'must be `person:` or `service:` with its name' }]
        : []),
      ...(!isExistingTime(request.time)
        ? [
            {
              pointer: '/time',
              detail: 'must be a time of RFC 3339 that exists, such as `2026-11-20T08:00:00Z`',
            },
          ]
        : []),
    ]);
    const tenantId = own?.tenantId ?? read.intent.tenant_id;
    return this.admission.orRefuse(tenantId, () =>
      this.intake.submit({
        ...read,
        tenantId,
        requester,
        actor: kind === 'person' ? { kind: 'person', person_id: id! } : { kind: 'service', service: id! },
        source: 'rpc',
        time: request.time,
      }),
    );
  }
}
