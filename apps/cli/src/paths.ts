import { resolve } from 'node:path';

/**
 * The absolute path of a caller's file. npm runs scripts in the project's folder, and passes on
 * where it was called.
 */
export const pathOf = (file: string): string => resolve(process.env['INIT_CWD'] || '.', file);
