import { parseSubject, type PostureAnswer } from '@interlock/contracts';
import { done, isProblem, skip, uuidV5, type CommandContext, type Handled, cutText } from '@interlock/kernel';
import { type BusMessage, traceparentWithin } from '@interlock/jetstream';
import { nowText, readInput, serviceCommandContext } from '@interlock/platform';
import { signalOf } from '@interlock/posture';
import { busCredential } from '@interlock/rails';
import { Controller } from '@nestjs/common';
import { EventPattern, MessagePattern, Payload } from '@nestjs/microservices';
import { PostureDto } from './posture.dto.js';
import { PostureIndex } from './posture-index.js';
import { SignalRights } from './signal-rights.js';
import { Signals, type Report, type TakenReport } from './signals.js';

type Body = { readonly value?: unknown; readonly at?: unknown; readonly source?: unknown };

/**
 * An unreadable body, or one with disallowed content, becomes a report without a value, which is
 * recorded as refused.
 */
const bodyOf = (raw: Uint8Array): Body => {
  try {
    const { value, faults } = readInput(raw);
    return faults.length === 0 && typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
};

/** Answers the gates and accepts signals from the bus. */
@Controller()
export class PostureRpc {
  constructor(
    private readonly index: PostureIndex,
    private readonly signals: Signals,
    private readonly rights: SignalRights,
  ) {}

  @MessagePattern({ rpc: 'posture.posture' })
  async posture(@Payload() request: PostureDto): Promise<PostureAnswer> {
    await this.index.current(request.fresh === true);
    return this.index.assess(request.tenant_id, nowText());
  }

  @EventPattern({
    stream: 'SIGNALS',
    durable: 'posture-signals',
    filter: 'interlock.signals.*.*.by.*',
    concurrency: 64,
  })
  async onSignal(@Payload() message: BusMessage): Promise<Handled> {
    const subject = parseSubject(message.subject);
    if (subject?.kind !== 'signals') return skip(`\`${message.subject}\` is not a subject of signals`);
    const name = signalOf(subject.name);
    if (name === undefined) return skip(`there is no signal \`${subject.name}\``);
    const credential = busCredential(subject.user);
    try {
      await this.rights.check(subject.tenant, credential, name);
    } catch (error) {
      if (isProblem(error, 'signal-not-allowed')) return skip(error.message);
      throw error;
    }
    const { value, at, source } = bodyOf(message.raw);
    const commandId = uuidV5('signal', message.subject, `${message.sequence}`);
    const taken = await this.#take(
      {
        name,
        value,
        // A message that waited on the bus keeps its own time.
        ...(at === undefined && message.publishedAt === undefined ? {} : { at: at ?? message.publishedAt }),
        credential,
        source: typeof source === 'string' && source !== '' ? cutText(source, 128) : 'nats',
      },
      serviceCommandContext(`nats.${subject.user}`, subject.tenant, {
        commandId,
        ...traceparentWithin(null),
      }),
    );
    if (taken === 'superseded') return skip('the same second has a newer report, and a worse one');
    const { violations } = taken;
    return violations.length === 0
      ? done
      : skip(violations.map(({ pointer, detail }) => `${pointer} ${detail}`).join('; '));
  }

  async #take(report: Report, context: CommandContext): Promise<TakenReport | 'superseded'> {
    try {
      return await this.signals.report(report, context);
    } catch (error) {
      if (isProblem(error, 'signal-superseded')) return 'superseded';
      throw error;
    }
  }
}
