import { streamName, systemTenant, type Timestamp } from '@interlock/contracts';
import { WrongRevisionError, type EventStore, type EventToAppend } from './event-store.js';
import { uuidV5 } from '../values/hash.js';

/**
 * A program that writes to the log as a service. `version` is Interlock's, `build` the SHA-256 of
 * the program's files, and `node` the version of Node.js.
 */
export type ReleaseStarted = {
  readonly type: 'ReleaseStarted';
  readonly data: { readonly version: string; readonly build: string; readonly node: string };
};

/** The running program and its clock. */
export type RunningRelease = { readonly data: ReleaseStarted['data']; readonly now: () => Timestamp };

/** Returns the id of a service's release event. The same program gets the same id. */
export const releaseId = (service: string, { version, build, node }: ReleaseStarted['data']): string =>
  uuidV5('release', service, version, build, node);

/** The events of a service's stream of releases. */
export const releaseEvents = { types: ['ReleaseStarted'] } as const;

/**
 * Records one service's release. The same program gets the same id, so the log holds its event
 * once.
 */
export class StartedRelease {
  readonly id: string;
  readonly #stream: string;
  #recorded: Promise<void> | undefined;

  constructor(
    private readonly log: EventStore,
    private readonly service: string,
    private readonly release: RunningRelease,
  ) {
    this.id = releaseId(service, release.data);
    this.#stream = streamName('release', systemTenant, service);
  }

  /**
   * Records the release. Resolves when the event is in the log. Rejects with the log's error; the
   * next call tries again.
   */
  recorded(): Promise<void> {
    this.#recorded ??= this.#record().catch((error: unknown) => {
      this.#recorded = undefined;
      throw error;
    });
    return this.#recorded;
  }

  async #record(): Promise<void> {
    for (;;) {
      let last: bigint | undefined;
      for await (const { id, revision } of this.log.read(this.#stream, { backwards: true })) {
        if (id === this.id) return;
        last ??= revision;
      }
      try {
        // INVARIANT: the append names a revision, which the writer's signature covers.
        await this.log.append(this.#stream, [this.#event()], last ?? 'no_stream');
        return;
      } catch (error) {
        // Another instance, possibly of the same program, was first.
        if (!(error instanceof WrongRevisionError)) throw error;
      }
    }
  }

  #event(): EventToAppend {
    return {
      id: this.id,
      type: 'ReleaseStarted',
      data: this.release.data,
      metadata: {
        $correlationId: this.id,
        tenant_id: systemTenant,
        actor: { kind: 'service', service: this.service },
        schema_version: 1,
        occurred_at: this.release.now(),
        command_id: this.id,
        writer: this.service,
      },
    };
  }
}
