import { resolve } from 'node:path';

/**
 * Returns the absolute path of a caller's file. npm runs scripts in the project's folder, and
 * passes the caller's folder in a variable.
 */
export const pathOf = (file: string): string => resolve(process.env['INIT_CWD'] || '.', file);
