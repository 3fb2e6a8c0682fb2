import { conformance } from './suite.js';
import { ourServer } from './target.js';

conformance(ourServer('a server with a file'));
