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
  // A RangeError means wrong arguments, such as a model that cannot be simulated. Any other error
  // is a fault of the simulator.
  if (!(error instanceof RangeError)) throw error;
  process.stderr.write(`device-simulator: ${error.message}\n`);
  process.exitCode = 2;
}
