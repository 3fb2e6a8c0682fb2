import { conformance } from './suite.js';
import { ourServer } from './target.js';

conformance(ourServer('a server in memory', { memory: true }));
