import { parseStream } from '@interlock/contracts';
import type { Recorded, RecordedEvent } from '@interlock/kernel';
import { evaluateRecorded, policyDecider, type BundleEvent, type EvaluationRecorded, type PolicyEvent, type PolicyState, type RecordedBundle } from '@interlock/policy';
import { compared, type Finding } from './finding.js';

/** Evaluations, from the policies' versions and the bundles' contents that the file holds. */
export class EvaluationReplay {
  readonly #policies = new Map<string, PolicyState>();
  readonly #bundles = new Map<string, RecordedBundle>();

  take(event: RecordedEvent): readonly Finding[] {
    const stream = parseStream(event.stream);
    if (stream === undefined) return [];
    if (stream.category === 'policy') this.#policy(event);
    if (stream.category === 'bundle') this.#bundle(event);
    return event.type === 'EvaluationRecorded' ? [this.#evaluation(stream.tenant, event.data as EvaluationRecorded['data'])] : [];
  }

  #policy(event: RecordedEvent): void {
    if (!policyDecider.types.includes(event.type as PolicyEvent['type'])) return;
    this.#policies.set(event.stream, policyDecider.evolve(this.#policies.get(event.stream) ?? policyDecider.initial, event as unknown as Recorded<PolicyEvent>));
  }

  #bundle(event: RecordedEvent): void {
    const { type, data } = event as unknown as BundleEvent;
    if (type !== 'BundleCreated' && type !== 'BundleUpdated') return;
    const { bundle_id, version, rules, notes, metadata, bundle_hash } = data;
    this.#bundles.set(`${event.metadata.tenant_id}/${bundle_hash}`, { bundle_id, version, rules, notes, metadata });
  }

  #evaluation(tenant: string, data: EvaluationRecorded['data']): Finding {
    const policies = [...this.#policies].filter(([stream]) => stream.startsWith(`policy-${tenant}:`)).flatMap(([, { versions }]) => versions);
    const { bundle_hash: hash } = data.bundle;
    const bundle = hash === null ? null : (this.#bundles.get(`${tenant}/${hash}`) ?? null);
    const { evaluation, differences } = evaluateRecorded(data, bundle, policies);
    if (evaluation === null) return { kind: 'evaluation', missing: differences.join('; ') };
    return compared('evaluation', `evaluation \`${data.evaluation_id}\`: ${differences.join('; ')}`, [], differences);
  }
}
