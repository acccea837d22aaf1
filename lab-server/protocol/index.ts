export * from './api.ts';
export * from './progress.ts';
export * from './stream.ts';
export * from './topology.ts';
