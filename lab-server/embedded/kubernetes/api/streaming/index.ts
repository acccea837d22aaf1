// The subresources of pods that carry bytes: exec, attach, portforward and log.
export type { StreamingHost, StreamingTarget } from './host.ts';
export { openLog } from './log.ts';
export { handleUpgrade, type StreamingSubresource, type UpgradeRequest } from './upgrade.ts';
