// Checks whether this container works: `node health.js ADDRESS`. ADDRESS is an HTTP address, or
// `tcp:PORT` for a part that only has to accept connections. Exit code 0 if it works, 1 if not.
import { connect } from 'node:net';

const [address = 'http://127.0.0.1:8080/health/ready'] = process.argv.slice(2);
const end = (works: boolean): never => process.exit(works ? 0 : 1);
const port = /^tcp:(\d+)$/.exec(address)?.[1];

if (port === undefined) {
  const answer = await fetch(address).catch(() => undefined);
  end(answer?.ok === true);
} else {
  connect(Number(port), '127.0.0.1')
    .once('connect', () => end(true))
    .once('error', () => end(false));
}
