export * from './runtime.ts';
export { createRuntime, type RuntimeOptions } from './create-runtime.ts';
export { createMemoryFileSystem } from './files/memory-file-system.ts';
export { parseReference, formatReference, type ImageReference } from './images/reference.ts';
