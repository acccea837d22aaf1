// Values of the Kubernetes API: how they are read, compared and printed.
export * from './cron.ts';
export * from './cron-times.ts';
export * from './dotted-path.ts';
export * from './human-duration.ts';
export * from './int-or-string.ts';
export * from './iso-time.ts';
export * from './label-selector.ts';
export * from './names.ts';
export * from './qos.ts';
export * from './quantity.ts';
export * from './resource-names.ts';
export * from './same.ts';
