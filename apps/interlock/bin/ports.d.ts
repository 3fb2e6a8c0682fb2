/**
 * Who listens on a port, such as ``process 4711 (`node apps/interlock/run/main.js`)``; undefined
 * where the system does not say.
 */
export declare const holderOf: (port: number) => string | undefined;

/**
 * Why a port cannot be listened on, as a sentence that names the option to change it; undefined
 * where it is free. Port 0 always is.
 */
export declare const portFault: (port: number, option: string) => Promise<string | undefined>;
