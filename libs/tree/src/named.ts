import { parseStream, streamName, systemTenant } from '@interlock/contracts';
import { contentHash, isObject, type RecordedEvent } from '@interlock/kernel';

/** The name by which events refer to an event of `_system`, and the stream of that event. */
export type NamedReference = { readonly name: string; readonly stream: string };

const releaseName = (id: string): string => `release ${id}`;
const actionTypeName = (type: string, hash: string): string => `action type ${type} ${hash}`;

/**
 * The events of `_system` that an event refers to: the release of the program that decided
 * (`metadata.release`), and the built-in action type of an accepted intent, by name and content
 * hash. A tenant's own type has a version and is in the tenant's log.
 */
export const namedBy = ({ type, data, metadata }: RecordedEvent): readonly NamedReference[] => {
  const { release, writer } = metadata;
  const accepted =
    type === 'IntentAccepted' ? (data as { readonly [name: string]: unknown })['action_type'] : undefined;
  const named: NamedReference[] = [];
  if (typeof release === 'string' && typeof writer === 'string')
    named.push({ name: releaseName(release), stream: streamName('release', systemTenant, writer) });
  if (isObject(accepted) && accepted['version'] === undefined) {
    const { action_type: name, hash } = accepted;
    if (typeof name === 'string' && typeof hash === 'string')
      named.push({
        name: actionTypeName(name, hash),
        stream: streamName('action_type', systemTenant, name),
      });
  }
  return named;
};

/** The name by which others refer to an event of `_system`; null if none do. */
export const nameOfSystemEvent = ({ stream, id, type, data }: RecordedEvent): string | null => {
  const parsed = parseStream(stream);
  if (parsed?.tenant !== systemTenant) return null;
  if (parsed.category === 'release' && type === 'ReleaseStarted') return releaseName(id);
  const entry = (data as { readonly [name: string]: unknown })['action_type'];
  return parsed.category === 'action_type' && type === 'ActionTypeRegistered' && isObject(entry)
    ? actionTypeName(parsed.id, contentHash(entry))
    : null;
};
