// The tests' S3 server in its own process: `node s3-server.js JSON` with the options of
// `startS3Server`.
import { argv, stdout } from 'node:process';

import { startS3Server } from '../dist/servers/s3-server.js';

const { endpoint } = await startS3Server(JSON.parse(argv[2] ?? '{}'));
// The first process of a container ends on a signal only if it says so.
process.on('SIGTERM', () => process.exit(0));
stdout.write(`listening ${endpoint}\n`);
