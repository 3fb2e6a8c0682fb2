import { parseStream, systemTenant } from '@interlock/contracts';
import type { RecordedEvent } from '@interlock/kernel';
import {
  isEngagedAfter,
  killSwitchDecided,
  killSwitchStream,
  killSwitchStreams,
  listedAfter,
  listedStreams,
  type KillSwitchHead,
  type KillSwitchSubject,
} from '@interlock/rails';
import { compared, type Finding } from '../finding.js';
import type { ReplayedLog } from '../replay-contexts.js';
import { StreamReplay, type StreamOf } from '../stream-replay.js';

type SwitchUses = {
  readonly first: bigint;
  readonly list: { readonly engaged: boolean; readonly at: number; readonly listed: readonly string[] }[];
};

/** How old a gate's view of a switch may be when it is recorded. */
const toleranceMs = 60_000;

/** Replays kill switches: decides each use again, and compares the views of gates with it. */
export class KillSwitchReplay {
  readonly switches = new StreamReplay(killSwitchDecided);
  readonly #uses = new Map<string, SwitchUses>();

  /** `hasSystem`: the file contains events of `_system`, which owns the global switch. */
  constructor(
    private readonly log: ReplayedLog,
    private readonly hasSystem: () => boolean,
  ) {}

  take(event: RecordedEvent, of: StreamOf): readonly Finding[] {
    const uses = this.#uses.get(event.stream) ?? { first: event.revision, list: [] };
    this.#uses.set(event.stream, uses);
    uses.list.push({
      engaged: isEngagedAfter(event),
      at: Date.parse(event.metadata.occurred_at),
      listed: listedAfter(event),
    });
    return this.switches.take(event, of);
  }

  /**
   * Checks an action that was stopped outside its gates: a switch that can stop it must have been
   * engaged then or shortly before. The global one belongs to `_system` and is not in a tenant's
   * export. If the action's own stream does not name its site, it may be any site that the tenant
   * lists.
   */
  stopped(subject: KillSwitchSubject, at: string): Finding {
    const { tenant_id: tenant } = subject;
    const listed = this.#listed(tenant);
    const streams = [
      ...killSwitchStreams(tenant, subject.action_type),
      ...listedStreams(listed, subject),
      ...(subject.site_id === null ? listed.filter((stream) => isSite(tenant, stream)) : []),
    ];
    const since = Date.parse(at) - toleranceMs;
    const engaged = streams.some((stream) => {
      const list = this.#uses.get(stream)?.list ?? [];
      return list.some((use, i) => use.engaged && (list[i + 1]?.at ?? Infinity) >= since);
    });
    if (
      !engaged &&
      streams.some((stream) => parseStream(stream)?.tenant === systemTenant && !this.#uses.has(stream))
    )
      return {
        kind: 'stop',
        missing: 'no kill switch in the file stopped it, and the global one is not in it',
        excused: true,
      };
    // The tenant's own switch lists the others.
    const all = [...streams, killSwitchStream('tenant', tenant, '')];
    if (!engaged && !all.every((stream) => this.log.holds(stream)))
      return { kind: 'stop', missing: 'the kill switches are not all in the file' };
    return compared('stop', 'a kill switch that stops an action is engaged', true, engaged);
  }

  /**
   * Checks the heads that a gate looked at: every switch that can stop the action, with its state
   * at that time. The global one belongs to `_system` and is not in a tenant's export. `areUsed`:
   * switches that were never used are left out, as in the record of a refused action.
   */
  check(
    subject: KillSwitchSubject,
    recorded: readonly KillSwitchHead[],
    at: string,
    areUsed: boolean,
  ): readonly Finding[] {
    const again: (Pick<KillSwitchHead, 'stream'> & Partial<KillSwitchHead>)[] = [];
    let unseen: Finding | null = null;
    const streams = this.#streams(subject, recorded);
    const heads = areUsed ? withUnused(streams, recorded) : recorded;
    for (const [i, stream] of streams.entries()) {
      const head = heads[i];
      const uses = this.#uses.get(stream);
      if (head === undefined || head.stream !== stream) again.push({ stream });
      else if (uses === undefined) {
        const global = parseStream(stream)?.tenant === systemTenant;
        if (head.revision !== '-1' && !global)
          return [{ kind: 'switches', missing: 'the kill switch is not in the file' }];
        if (global && !this.hasSystem())
          unseen = {
            kind: 'global_switch',
            missing: 'the global kill switch is not in the file',
            excused: true,
          };
        again.push(head.revision === '-1' ? { ...head, engaged: false } : head);
      } else {
        const place = BigInt(head.revision) - uses.first;
        if (place < 0n && uses.first > 0n)
          return [{ kind: 'switches', missing: "the kill switch's use is not in the file" }];
        const next = uses.list[Number(place) + 1];
        const outdated = next !== undefined && next.at < Date.parse(at) - toleranceMs;
        const seen = place < 0n ? { engaged: false } : uses.list[Number(place)];
        again.push(
          seen === undefined || outdated
            ? {
                stream,
                revision: `${uses.first + BigInt(uses.list.length) - 1n}`,
                engaged: uses.list.at(-1)!.engaged,
              }
            : { ...head, engaged: seen.engaged },
        );
      }
    }
    return [
      compared(
        'switches',
        'what was seen of the kill switches',
        recorded,
        areUsed ? again.filter(({ revision }) => revision !== '-1') : again,
      ),
      ...(unseen === null ? [] : [unseen]),
    ];
  }

  /**
   * Returns the streams that the gate must have looked at: the permanent ones, and those on the
   * tenant's list then that can stop the action.
   */
  #streams(subject: KillSwitchSubject, heads: readonly KillSwitchHead[]): readonly string[] {
    const { tenant_id: tenant } = subject;
    const always = killSwitchStreams(tenant, subject.action_type);
    const own = killSwitchStream('tenant', tenant, '');
    const seen = heads.find(({ stream }) => stream === own);
    const uses = this.#uses.get(own);
    const listed =
      seen === undefined || uses === undefined
        ? []
        : (uses.list[Number(BigInt(seen.revision) - uses.first)]?.listed ?? []);
    // If the action's own stream does not name its site, the heads may name one listed site, and
    // only one.
    const site =
      subject.site_id === null
        ? heads
            .map(({ stream }) => stream)
            .find((stream) => isSite(tenant, stream) && listed.includes(stream))
        : undefined;
    return [...always, ...listedStreams(listed, subject), ...(site === undefined ? [] : [site])];
  }

  #listed(tenant: string): readonly string[] {
    return this.#uses.get(killSwitchStream('tenant', tenant, ''))?.list.at(-1)?.listed ?? [];
  }
}

/** The heads of all these streams. A stream without a head was never used. */
const withUnused = (
  streams: readonly string[],
  heads: readonly KillSwitchHead[],
): readonly KillSwitchHead[] => {
  const used = new Map(heads.map((head) => [head.stream, head]));
  return streams.map((stream) => used.get(stream) ?? { stream, revision: '-1', engaged: false });
};

const isSite = (tenant: string, stream: string): boolean => stream.startsWith(`kill_switch-${tenant}:site=`);
