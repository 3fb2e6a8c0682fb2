export { measurePace, pace, patience } from './pace.js';
