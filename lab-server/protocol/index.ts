export * from './api.ts';
export * from './stream.ts';
