import { parseStream, systemTenant } from '@interlock/contracts';
import type { RecordedEvent } from '@interlock/kernel';
import { killSwitchRecall, killSwitchStreams, type KillSwitchHead } from '@interlock/rails';
import { compared, type Finding } from '../finding.js';
import { StreamReplay, type StreamOf } from '../stream-replay.js';

type SwitchUses = {
  readonly first: bigint;
  readonly list: { readonly engaged: boolean; readonly at: number }[];
};

/** How old what a gate saw of a switch may be when it is recorded. */
const patienceMs = 60_000;

/** Kill switches: each use decided again, and what gates saw of them held against it. */
export class KillSwitchReplay {
  readonly switches = new StreamReplay(killSwitchRecall);
  readonly #uses = new Map<string, SwitchUses>();

  take(event: RecordedEvent, of: StreamOf): readonly Finding[] {
    const uses = this.#uses.get(event.stream) ?? { first: event.revision, list: [] };
    this.#uses.set(event.stream, uses);
    uses.list.push({
      engaged: event.type !== 'KillSwitchReleased',
      at: Date.parse(event.metadata.occurred_at),
    });
    return this.switches.take(event, of);
  }

  /** An action that was stopped outside its gates: a switch that can stop it was engaged, or had been until a moment ago. The global one is `_system`'s and not in a tenant's export. */
  stopped(tenant: string, actionType: string, at: string): Finding {
    const streams = killSwitchStreams(tenant, actionType);
    const since = Date.parse(at) - patienceMs;
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
    return compared('stop', 'a kill switch that stops an action is engaged', true, engaged);
  }

  /** The heads that a gate looked at: every switch that can stop the action, each as it was then. The global one is `_system`'s and not in a tenant's export. */
  check(tenant: string, actionType: string, heads: readonly KillSwitchHead[], at: string): Finding {
    const again: unknown[] = [];
    for (const [i, stream] of killSwitchStreams(tenant, actionType).entries()) {
      const head = heads[i];
      const uses = this.#uses.get(stream);
      if (head === undefined || head.stream !== stream) again.push({ stream });
      else if (uses === undefined) {
        if (head.revision !== '-1' && parseStream(stream)?.tenant !== systemTenant)
          return { kind: 'switches', missing: 'the kill switch is not in the file' };
        again.push(head.revision === '-1' ? { ...head, engaged: false } : head);
      } else {
        const place = BigInt(head.revision) - uses.first;
        if (place < 0n && uses.first > 0n)
          return { kind: 'switches', missing: "the kill switch's use is not in the file" };
        const next = uses.list[Number(place) + 1];
        const outdated = next !== undefined && next.at < Date.parse(at) - patienceMs;
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
    return compared('switches', 'what was seen of the kill switches', heads, again);
  }
}
