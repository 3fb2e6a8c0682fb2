import { cutText } from '@interlock/kernel';
import { Inject, Injectable } from '@nestjs/common';
import { runbookOf, reportEnd, reportFiring, type ReportedAlert } from '@interlock/alerting';
import { streamName } from '@interlock/contracts';
import {
  newId,
  nowText,
  serviceCommandContext,
  SERVICE_CONTEXT,
  type ServiceContext,
} from '@interlock/platform';
import type { Rota, RotaSource } from '@interlock/notify';
import { AlertHandler, RotaHandler } from '../../handlers.js';
import type { DeliveryConfig } from '../config.js';
import type { Egress } from '../egress.js';
import { DELIVERY_CONFIG, EGRESS } from '../tokens.js';
import { readOnCall } from './read-on-call.js';
import { RotasQueries, type KnownRota } from './rotas.queries.js';

const unreadable = 'oncall_unreadable';

/** Returns the members for the provider's ids. If a person is no member, the answer is unknown. */
const membersOf = (
  { members }: Rota,
  source: RotaSource,
  people: readonly string[],
): { readonly members: readonly string[] } | { readonly fault: string } => {
  const named = people.map((id) => ({ id, member: members.find((one) => one.external_id === id) }));
  const stranger = named.find(({ member }) => member === undefined);
  return stranger === undefined
    ? { members: named.flatMap(({ member }) => member?.name ?? []) }
    : { fault: `${source.kind} names \`${cutText(stranger.id, 64)}\`, who is not a member of the rota` };
};

/**
 * Reads who is on call from PagerDuty and Opsgenie, and records changes. INVARIANT: after
 * `ALERTING_ONCALL_STALE_S` without a successful read, the last answer no longer counts. The log
 * then says so, alerts go to everyone, and `oncall_unreadable` is raised.
 */
@Injectable()
export class OnCallReader {
  #timer: NodeJS.Timeout | undefined;
  #reading: Promise<void> | undefined;
  /** When reading began to fail, by tenant and rota. */
  readonly #failingSince = new Map<string, number>();

  constructor(
    @Inject(SERVICE_CONTEXT) private readonly context: ServiceContext,
    @Inject(DELIVERY_CONFIG) private readonly config: DeliveryConfig,
    @Inject(EGRESS) private readonly egress: Egress,
    private readonly queries: RotasQueries,
    private readonly rotas: RotaHandler,
    private readonly alerts: AlertHandler,
  ) {}

  start(): void {
    this.#timer = setInterval(() => this.#look(), this.config.ALERTING_ONCALL_READ_S * 1000);
    this.#look();
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#timer = undefined;
    await this.#reading;
  }

  #look(): void {
    this.#reading ??= this.#readAll()
      .catch((error: unknown) => this.context.logger.warn({ err: error }, 'the rotas could not be read'))
      .finally(() => {
        this.#reading = undefined;
      });
  }

  async #readAll(): Promise<void> {
    for (const known of await this.queries.withSource()) await this.#read(known);
  }

  async #read({ tenant_id, rota_id, rota, source }: KnownRota): Promise<void> {
    const key = `${tenant_id}/${rota_id}`;
    const answer = await readOnCall(this.egress, tenant_id, source, nowText());
    const result = 'fault' in answer ? answer : membersOf(rota, source, answer.people);
    const stream = streamName('rota', tenant_id, rota_id);
    if ('members' in result) {
      this.#failingSince.delete(key);
      const { events } = await this.rotas.handle(
        stream,
        { kind: 'read', rota_id, members: result.members },
        serviceCommandContext('alerting', tenant_id),
      );
      if (events.length > 0) await this.#tell(tenant_id, rota_id, null);
      return;
    }
    const since = this.#failingSince.get(key) ?? Date.now();
    this.#failingSince.set(key, since);
    this.context.logger.warn(
      { tenant_id, rota: rota_id, detail: result.fault },
      'who is on call could not be read',
    );
    if (Date.now() - since < this.config.ALERTING_ONCALL_STALE_S * 1000) return;
    const { events } = await this.rotas.handle(
      stream,
      { kind: 'unreadable', rota_id, detail: result.fault },
      serviceCommandContext('alerting', tenant_id),
    );
    if (events.length > 0) await this.#tell(tenant_id, rota_id, result.fault);
  }

  /** Raises the alert with the fault, or ends it if there is none. */
  async #tell(tenant: string, rotaId: string, fault: string | null): Promise<void> {
    const subject = streamName('rota', tenant, rotaId);
    const reported: ReportedAlert = {
      by: 'alerting',
      tenant,
      name: unreadable,
      subject,
      detail:
        fault === null
          ? `who is on call by rota \`${rotaId}\` can be read again`
          : `who is on call by rota \`${rotaId}\` is unknown, so its alerts go to everyone: ${fault}`,
      at: nowText(),
      cause: {
        event_id: newId(),
        type: fault === null ? 'OnCallRead' : 'OnCallUnreadable',
        stream: subject,
      },
    };
    const { stream, command } =
      fault === null ? reportEnd(reported) : reportFiring(reported, 'high', runbookOf(unreadable));
    await this.alerts.handle(stream, command, serviceCommandContext('alerting', tenant));
  }
}
