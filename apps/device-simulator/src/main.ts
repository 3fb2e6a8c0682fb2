import { startFromArguments } from './cli.js';

try {
  const { simulator, readyLine } = await startFromArguments(process.argv.slice(2));
  const stop = (): void => {
    void simulator.stop().then(() => process.exit(0));
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  process.stdout.write(`${readyLine}\n`);
} catch (error) {
  // Wrong arguments, such as a model that cannot be simulated. Anything else is a fault of ours.
  if (!(error instanceof RangeError)) throw error;
  process.stderr.write(`device-simulator: ${error.message}\n`);
  process.exitCode = 2;
}
