/** Receives the adapters' messages; pino's logger fits. */
export type BusLogger = {
  readonly info: (facts: object, message: string) => void;
  readonly warn: (facts: object, message: string) => void;
  readonly error: (facts: object, message: string) => void;
};
export const silent: BusLogger = { info: () => undefined, warn: () => undefined, error: () => undefined };
