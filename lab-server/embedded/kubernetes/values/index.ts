// Values of the Kubernetes API: how they are read, compared and printed.
export * from './human-duration.ts';
export * from './iso-time.ts';
export * from './label-selector.ts';
export * from './quantity.ts';
