import type { EventStore } from '@interlock/kernel';
import type { AuthSettings } from '@interlock/platform';
import type { Logger } from 'pino';
import type { ConsoleOfHome, Invitations } from './console.js';
import { manifest, type ServiceName } from './manifest.js';

type EdgeConsole = { readonly site: string; readonly https?: boolean; readonly login?: object };
type ProxiedService = {
  readonly name: string;
  readonly prefixes: readonly string[];
  readonly origin: string;
};

/** The exports of the app `edge` that the stack and the container use. */
export type EdgeEntry = {
  readonly createEdge: (options: {
    readonly host: string;
    readonly port: number;
    readonly logger: Logger;
    readonly console: EdgeConsole;
    readonly auth: AuthSettings;
    readonly environment: { readonly [name: string]: string | undefined };
    readonly rateLimit: number;
    readonly live: { readonly store: EventStore };
    readonly agents: { readonly keys: readonly object[]; readonly folder: string };
    /** Why the installation is not ready yet; absent once it is. */
    readonly setup?: () => string | undefined;
    readonly services: readonly ProxiedService[];
  }) => Promise<{ readonly url: string; readonly stop: () => Promise<void> }>;
  readonly consoleFrom: (
    environment: NodeJS.ProcessEnv,
    site: string,
    auth: AuthSettings,
    record: ConsoleOfHome['login']['record'],
  ) => EdgeConsole;
  readonly sessionKeysIn: (text: string) => ConsoleOfHome['login']['keys'];
  readonly LoginState: new (file: string) => Invitations;
};

/** Returns the services that the edge forwards to, each at its origin. */
export const proxiedServices = (originOf: (service: ServiceName) => string): readonly ProxiedService[] =>
  manifest.map(({ service, prefixes }) => ({
    name: service,
    prefixes: [...prefixes],
    origin: originOf(service),
  }));
