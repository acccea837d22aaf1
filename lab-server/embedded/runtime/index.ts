export * from './runtime.ts';
export { createRuntime, type RuntimeOptions } from './create-runtime.ts';
export { ContainerStartError } from './containers/start-error.ts';
export { createMemoryFileSystem } from './files/memory-file-system.ts';
export { isNetworkError, NetworkError, type NetworkErrorCode } from './network/network-error.ts';
export { parseReference, formatReference, type ImageReference } from './images/reference.ts';
