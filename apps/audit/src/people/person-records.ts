import {
  parseStream,
  type Actor,
  type PersonChange,
  type RecordPersonAnswer,
  type RecordPersonRequest,
} from '@interlock/contracts';
import { traceparentWithin } from '@interlock/jetstream';
import {
  type CommandContext,
  CommandHandler,
  type EventStore,
  genuine,
  positionOrNull,
} from '@interlock/kernel';
import type { People } from '@interlock/people';
import { backoff, isChangeRequested, nowText, type SettingChanges, type Setting } from '@interlock/platform';
import {
  personDecider,
  personLoosens,
  personStream,
  type PersonCommand,
  type PersonEvent,
  type PersonState,
} from '@interlock/tree';

type Recorded = RecordPersonAnswer['recorded'][number] | RecordPersonAnswer['requested'][number];

/** Returns true if a person creates an invitation for somebody else. */
const needsPeople = ({ person, by, change }: RecordPersonRequest): boolean =>
  change.kind === 'invite' && by !== null && by !== person.subject;

/**
 * Appends the events about people's access. Before a command is formed, a subject becomes a
 * `person_id`, and a name is sealed with its owner's key. An access that one person gives another
 * starts as a change request.
 */
export class PersonRecords {
  readonly #handler: CommandHandler<PersonCommand, PersonEvent, PersonState>;
  readonly #setting: Setting<PersonCommand, PersonEvent, PersonState>;

  constructor(
    store: EventStore,
    private readonly people: Pick<People, 'idOf' | 'actorOf' | 'seal' | 'open' | 'withNamesake'>,
    private readonly changes: SettingChanges,
  ) {
    this.#handler = new CommandHandler(genuine(store), personDecider, { backoff });
    this.#setting = changes.add({
      holds: (stream) => parseStream(stream)?.category === 'person',
      decider: personDecider,
      handler: this.#handler,
      // A founder who approves has this scope, and administrators have it too.
      scope: 'AUTONOMOUS_APPROVE',
      loosens: () => personLoosens,
    });
  }

  /**
   * Records a change in each tenant of the person, one after the other. A repeated request
   * continues where it stopped. `caller` is the calling service. Throws `wrong-state` if the person
   * was erased in the meantime, and `service-unreachable` while no change can be requested. Also
   * throws `database-unavailable`, `log-unavailable` and `append-outcome-unknown`.
   */
  async record(request: RecordPersonRequest, caller: string): Promise<RecordPersonAnswer> {
    const each: Recorded[] = [];
    for (const tenant of request.person.tenants) each.push(await this.#recordIn(tenant, request, caller));
    return {
      recorded: each.filter((one) => 'person_id' in one),
      requested: each.filter((one) => 'change_id' in one),
    };
  }

  async #recordIn(tenant_id: string, request: RecordPersonRequest, caller: string): Promise<Recorded> {
    const { request_id: id, person, by, change } = request;
    const person_id = await this.people.idOf(tenant_id, person.subject);
    const actor: Actor =
      by === null ? { kind: 'service', service: caller } : await this.people.actorOf(tenant_id, by);
    const stream = personStream(tenant_id, person_id);
    const command = await this.#commandOf({ tenant_id, person_id }, change, stream);
    const context: CommandContext = {
      commandId: `person:${id}`,
      tenantId: tenant_id,
      actor,
      now: nowText(),
      correlationId: id,
      causationId: id,
      ...traceparentWithin(null),
    };
    const written = needsPeople(request)
      ? await this.changes.write(this.#setting, {
          stream,
          command,
          principal: {
            tenant_id,
            person_id: actor.kind === 'person' ? actor.person_id : null,
            people: this.people,
          },
          context,
        })
      : await this.#handler.handle(stream, command, context);
    if (isChangeRequested(written)) return { ...written, tenant_id };
    const { position } = written;
    return { tenant_id, person_id, position: positionOrNull(position) };
  }

  async #commandOf(
    author: { readonly tenant_id: string; readonly person_id: string },
    change: PersonChange,
    stream: string,
  ): Promise<PersonCommand> {
    const { person_id } = author;
    if (change.kind !== 'invite' && change.kind !== 'start_session') return { ...change, person_id };
    const name = change.name === '' ? null : await this.people.seal(author, change.name, `${stream} name`);
    return { ...change, person_id, name };
  }
}
