import { startFromArguments } from './cli.js';

const { simulator, readyLine } = await startFromArguments(process.argv.slice(2));

const stop = (): void => {
  void simulator.stop().then(() => process.exit(0));
};
process.once('SIGTERM', stop);
process.once('SIGINT', stop);
process.stdout.write(`${readyLine}\n`);
