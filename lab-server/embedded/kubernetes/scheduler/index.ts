// The scheduler: gives pods their nodes.
export { type SchedulerOptions, startScheduler } from './scheduler.ts';
export { nodeMatchesPod } from './plugins/node-affinity.ts';
export { type Taint, type Toleration, toleratesTaint } from './plugins/tolerations.ts';
export { podRequests } from './pod-requests.ts';
