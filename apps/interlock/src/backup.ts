// The functions that the command line loads for `interlock backup` and `interlock restore`.
export { makeBackup } from './backup/make.js';
export { checkBackup, checkEmpty, restoreBackup } from './backup/restore.js';
