import { streamName, type PlacedSecret, type SecretEvent, type SecretUse } from '@interlock/contracts';
import { sameJson, type Decider } from '@interlock/kernel';

/** What a service finds now: all secrets of a tenant for one use. */
export type SecretCommand = {
  readonly kind: 'find_secrets';
  readonly use: SecretUse;
  readonly secrets: readonly PlacedSecret[];
};
/** The secrets that the log knows, by reference. */
export type SecretState = { readonly secrets: ReadonlyMap<string, PlacedSecret> };

/** The stream of a tenant's secrets for one use. */
export const secretStream = (tenantId: string, use: SecretUse): string =>
  streamName('access', tenantId, `secrets=${use}`);

const changes = (
  use: SecretUse,
  { reference, destinations, changed_at }: PlacedSecret,
  known: PlacedSecret | undefined,
): readonly SecretEvent[] => [
  ...(known !== undefined && known.changed_at === changed_at
    ? []
    : [{ type: 'SecretStored' as const, data: { use, reference, changed_at } }]),
  ...(sameJson(known?.destinations ?? [], destinations)
    ? []
    : [{ type: 'SecretBound' as const, data: { use, reference, destinations } }]),
];

/** Notes how the secrets differ from those that the log knows. */
export const secretDecider: Decider<SecretCommand, SecretEvent, SecretState> = {
  name: 'secrets',
  types: ['SecretStored', 'SecretBound', 'SecretRemoved'],
  initial: { secrets: new Map() },
  decide: ({ use, secrets }, state) => {
    const present = new Set(secrets.map(({ reference }) => reference));
    return [
      ...[...state.secrets.keys()]
        .filter((reference) => !present.has(reference))
        .sort()
        .map((reference) => ({ type: 'SecretRemoved' as const, data: { use, reference } })),
      ...secrets.flatMap((secret) => changes(use, secret, state.secrets.get(secret.reference))),
    ];
  },
  evolve: ({ secrets }, { type, data }) => {
    const { reference } = data;
    const known = secrets.get(reference) ?? { reference, destinations: [], changed_at: null };
    switch (type) {
      case 'SecretStored':
        return { secrets: new Map(secrets).set(reference, { ...known, changed_at: data.changed_at }) };
      case 'SecretBound':
        return { secrets: new Map(secrets).set(reference, { ...known, destinations: data.destinations }) };
      case 'SecretRemoved':
        return { secrets: new Map([...secrets].filter(([name]) => name !== reference)) };
    }
  },
};
