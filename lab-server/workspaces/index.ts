export { BubblewrapDriver, type BubblewrapOptions } from './bubblewrap/bubblewrap-driver.ts';
export { DockerDriver, type DockerDriverOptions } from './docker/docker-driver.ts';
export { HostDriver, type HostOptions } from './host/host-driver.ts';
export type { FileChange, FileContent, FileEntry, WorkspaceFiles } from './files.ts';
export type { RunOptions, RunResult, Workspace, WorkspaceDriver, WorkspaceLimits, WorkspaceProgram, WorkspaceSpec } from './workspace.ts';
