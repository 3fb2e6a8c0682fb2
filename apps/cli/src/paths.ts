import { resolve } from 'node:path';

/**
 * A file as the caller names it: npm runs its scripts in the project's folder and says where it was
 * called.
 */
export const pathOf = (file: string): string => resolve(process.env['INIT_CWD'] || '.', file);
