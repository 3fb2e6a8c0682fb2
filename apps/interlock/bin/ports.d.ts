/**
 * The process that listens on a port, such as ``process 4711 (`node apps/interlock/run/main.js`)``;
 * undefined if the system does not say.
 */
export declare const holderOf: (port: number) => string | undefined;

/**
 * The reason why a port cannot be used, as a sentence that names the option to change it; undefined
 * if it is free. Port 0 is always free.
 */
export declare const portFault: (port: number, option: string) => Promise<string | undefined>;
