export { followTopology } from './follow.ts';
