import { parseStream, type PostureSignalName } from '@interlock/contracts';
import { createFollower, type AdapterLogger, type LogFollower } from '@interlock/eventstore';
import { evolveRecorded, ProblemError, type EventStore } from '@interlock/kernel';
import { EVENT_STORE, LOGGER, SERVICE_CONTEXT, type ServiceContext } from '@interlock/platform';
import { namesOf } from '@interlock/posture';
import { mayReport, needsRegistration, tenantDecider, type TenantState } from '@interlock/rails';
import { Inject, Injectable } from '@nestjs/common';

/** The signals that each credential may report, from the tenants' registrations in the log. */
@Injectable()
export class SignalRights {
  readonly follower: LogFollower;
  readonly #states = new Map<string, TenantState>();
  /**
   * The signals for a token whose subject has no registration. Users of the bus and
   * registered agents never fall back to it.
   */
  readonly #anyToken: ServiceContext['auth']['may_name'];

  constructor(
    @Inject(EVENT_STORE) store: EventStore,
    @Inject(LOGGER) logger: AdapterLogger,
    @Inject(SERVICE_CONTEXT) { auth }: Pick<ServiceContext, 'auth'>,
  ) {
    this.#anyToken = auth.may_name;
    this.follower = createFollower(store, {
      name: 'posture-tenants',
      prefixes: ['tenant-'],
      logger,
      onEvent: (event) => {
        const stream = parseStream(event.stream);
        if (stream?.id !== 'registry') return;
        const before = this.#states.get(stream.tenant) ?? tenantDecider.initial;
        this.#states.set(stream.tenant, evolveRecorded(tenantDecider, before, event));
      },
    });
  }

  /**
   * Throws `signal-not-allowed` if the credential is not registered for the signal, under any of
   * its names, and `not-current` if that is unknown.
   */
  async check(tenantId: string, credential: string, signal: PostureSignalName): Promise<void> {
    await this.follower.ensureCurrent(false);
    const registered = this.#states.get(tenantId)?.credentials.get(credential);
    const fallback = needsRegistration(credential) ? undefined : this.#anyToken;
    if (namesOf(signal).some((name) => mayReport(registered ?? fallback, name))) return;
    throw new ProblemError(
      'signal-not-allowed',
      `the credential \`${credential}\` is not registered for the signal \`${signal}\``,
      { remedy: 'have it registered: `interlock tenants allow --signals`' },
    );
  }
}
